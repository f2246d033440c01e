/** Keeps a reader's edits between visits, each with a hash of the code it was made from. */
import type { CellView } from "./cell";

interface Stored {
  source: string;
  published: string;
}

const key = (cell: CellView): string => `overlap:${location.pathname}#${cell.number}`;

/** FNV-1a, enough to tell whether the published code has changed. */
export function fingerprint(source: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < source.length; i++) {
    hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

export function rememberEdit(cell: CellView): void {
  if (cell.source === cell.published) return forgetEdit(cell);
  const stored: Stored = { source: cell.source, published: fingerprint(cell.published) };
  try {
    localStorage.setItem(key(cell), JSON.stringify(stored));
  } catch {
    // No storage, or it is full: the edit lives as long as the page.
  }
}

/** The edit of an earlier visit, and whether the published code has changed since. */
export function recallEdit(cell: CellView): { source: string; stale: boolean } | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key(cell)) ?? "null") as Stored | null;
    if (typeof stored?.source !== "string" || stored.source === cell.published) return null;
    return { source: stored.source, stale: stored.published !== fingerprint(cell.published) };
  } catch {
    return null;
  }
}

export function forgetEdit(cell: CellView): void {
  try {
    localStorage.removeItem(key(cell));
  } catch {
    // No storage: nothing was kept.
  }
}
