/** The site's service worker, registered by a page: to serve a saved guide, or for one visit. */
import { PRACTICE } from "../shared/contract";
import { Saved } from "../shared/saved";

/** How long (ms) a cell waits for the practice server before it does without. */
const PATIENCE = 3000;

/** One tab at a time saves. */
const lockOf = (root: string): string => `${root} offline`;

/** Act while no other tab saves, or removes what was saved. */
export function withLock<T>(root: string, act: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(lockOf(root), act) as Promise<T>) : act();
}

export function register(root: string): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(`${root}service-worker.js`, { scope: root });
}

/**
 * Let the service worker answer the requests of this page and of its Python. Unless a saved guide
 * needs it, it is unregistered at once: then it lives until the page is left, and nothing stays.
 * Resolves when it has answered, or when this browser offers none.
 *
 * Browsers end an idle worker. If this one `isNew` no more, it is only asked something: it wakes up
 * now, and not within the time limit of a cell.
 */
export async function startPracticeServer(isNew: boolean): Promise<void> {
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).href;
  const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE));
  const there = isNew ? borrow(root) : Promise.resolve();
  const awake = there.then(() => navigator.serviceWorker?.controller && fetch(root + PRACTICE.path));
  await Promise.race([late, awake.catch(() => undefined)]);
}

async function borrow(root: string): Promise<void> {
  if (!navigator.serviceWorker) return;
  const before = await navigator.serviceWorker.getRegistration(root);
  if (before?.scope === root) return claim(before);
  // A page that saves right now has the lock, and keeps the registration.
  await navigator.locks.request(lockOf(root), { ifAvailable: true }, async (lock) => {
    const registration = await register(root);
    await claim(registration);
    if (lock && !(await new Saved(root).read())) await registration.unregister();
  });
}

/** Resolves when the worker controls this page and the workers of it; rejects if it failed. */
async function claim(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting ?? registration.active!;
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("not installed"));
    };
    worker.addEventListener("statechange", look);
    look();
  });
  const { port1, port2 } = new MessageChannel();
  const claimed = new Promise((resolve) => (port1.onmessage = resolve));
  worker.postMessage("claim", [port2]);
  await claimed;
}
