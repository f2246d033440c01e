/** What the modules of every page's script need of the document. */

/** The address of the site's root, seen from this page; ends with a slash. */
export const SITE_ROOT = document.documentElement.dataset.content_root ?? "./";

/** Return all elements in `from` that a selector finds, in their order. */
export function all<E extends HTMLElement = HTMLElement>(selector: string, from: ParentNode = document): E[] {
  return [...from.querySelectorAll<E>(selector)];
}

/** Return the one element in `from` that the templates always write. */
export function one<E extends HTMLElement = HTMLElement>(selector: string, from: ParentNode = document): E {
  const found = from.querySelector<E>(selector);
  if (!found) throw new Error(`This page has no ${selector}.`);
  return found;
}

/** Call `act` when there is nothing else to do. */
export const whenIdle: (act: () => void, options?: IdleRequestOptions) => void =
  // newer: Safari has none, so there we only wait
  globalThis.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 200));
