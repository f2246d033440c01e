/** Loads what saves the guide for offline use (offline/offline.ts): where a page offers it, and in a saved guide. */
import { having } from "../../shared/attributes";

/** Beside this script; never part of it, for most readers save nothing. */
const OFFLINE = new URL("offline.js", import.meta.url).href;

/** Return whether a service worker serves this page: then the guide is saved, and may have a newer version. */
function isSaved(): boolean {
  try {
    return Boolean(navigator.serviceWorker?.controller);
  } catch {
    return false; // storage is forbidden
  }
}

/** Load it if this page needs it. */
export function startOffline(): void {
  const place = document.querySelector(having("offline"));
  if (!place && !isSaved()) return;
  import(OFFLINE).catch(() => {
    if (place) place.textContent = "A file of this page did not arrive. Reload the page to try again.";
  });
}
