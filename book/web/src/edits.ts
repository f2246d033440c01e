/** Keeps a reader's edits between visits, each with a hash of the code it was made from. */
import type { CellView } from "./cell";

interface Stored {
  source: string;
  published: string;
}

/** The page's path. Hosts have it under shorter ones, too: `/` is `/index.html`, `/async` is `/async.html`. */
const pagePath = (): string => location.pathname.replace(/\/$/, "/index").replace(/\/[^./]+$/, "$&.html");

/** The name under which a cell's edit is stored. */
export const storageKey = (cell: CellView): string => `overlap:${pagePath()}#${cell.number}`;

/** FNV-1a, enough to tell whether the published code has changed. */
export function fingerprint(source: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < source.length; i++) {
    hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

/** Store a cell's edit. False where there is no storage or it is full: the edit lives as long as the page. */
export function rememberEdit(cell: CellView): boolean {
  if (cell.source === cell.published) {
    forgetEdit(cell);
    return true;
  }
  const stored: Stored = { source: cell.source, published: fingerprint(cell.published) };
  try {
    localStorage.setItem(storageKey(cell), JSON.stringify(stored));
    return true;
  } catch {
    return false;
  }
}

/** The edit of an earlier visit, and whether the published code has changed since. */
export function recallEdit(cell: CellView): { source: string; stale: boolean } | null {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey(cell)) ?? "null") as Stored | null;
    if (typeof stored?.source !== "string" || stored.source === cell.published) return null;
    return { source: stored.source, stale: stored.published !== fingerprint(cell.published) };
  } catch {
    return null;
  }
}

export function forgetEdit(cell: CellView): void {
  try {
    localStorage.removeItem(storageKey(cell));
  } catch {
    // No storage: nothing was kept.
  }
}
