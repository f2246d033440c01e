/** Opens the search, and loads what searches (page/search.ts) when a reader asks for it. */
import { all, one } from "./dom";
import { hidePopovers } from "./popovers";

/** Beside this script; no page that is only read asks for it. */
const SEARCH = new URL("search.js", import.meta.url).href;

let isAsked = false;
let failures = 0;

/** Load it. After a failure another address, because a browser remembers that a module did not come. */
function load(): void {
  if (isAsked) return;
  isAsked = true;
  import(failures > 0 ? `${SEARCH}?${failures}` : SEARCH).catch(() => {
    isAsked = false;
    failures += 1;
    for (const status of all("[data-search-status]")) {
      status.textContent = "The search could not be loaded. Check the connection and type again.";
    }
  });
}

/** Return whether a key that is pressed here is text: in a field, or in a cell that is edited. */
const isTyped = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input:not([type=radio], [type=checkbox]), textarea, select"));

/** Return whether a key opens the search: / or Ctrl K (⌘ K). */
function opens(event: KeyboardEvent): boolean {
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey || event.defaultPrevented) return false;
  if (event.key === "/") return !control && !isTyped(event.target);
  return control && !event.shiftKey && event.key.toLowerCase() === "k";
}

function enableDialog(dialog: HTMLDialogElement): void {
  const open = (): void => {
    if (dialog.open) return;
    hidePopovers();
    dialog.showModal();
    const input = one<HTMLInputElement>("input", dialog);
    input.focus();
    input.select();
    load();
  };
  for (const button of all('[data-button="open-search"]')) button.addEventListener("click", open);
  one('[data-button="close-search"]', dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => {
    // The dialog has no padding, so a click on itself is a click beside its content. A result
    // on this very page closes it too.
    if (target === dialog || (target instanceof Element && target.closest("a"))) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    // In a search field the first Escape would only clear the text.
    if (event.key !== "Escape") return;
    event.preventDefault();
    dialog.close();
  });
  addEventListener("keydown", (event) => {
    if (!opens(event)) return;
    event.preventDefault();
    open();
  });
  if (navigator.platform.startsWith("Mac")) {
    for (const key of all('[data-button="open-search"] kbd')) key.textContent = "⌘ K";
  }
}

/** Let the reader search: in the dialog of every page, and on the search page. */
export function offerSearch(): void {
  for (const form of all('form[role="search"]')) {
    form.addEventListener("input", load);
    if (!form.closest("dialog")) load();
  }
  enableDialog(one<HTMLDialogElement>("dialog#search-dialog"));
}
