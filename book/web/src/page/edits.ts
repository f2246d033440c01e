/** Keeps a reader's edits between visits, each with a hash of the code it was made from. */
import type { CellView } from "./cell";

interface Stored {
  source: string;
  published: string;
}

type Numbered = Pick<CellView, "number">;

/** Return the page's path. Hosts have it under shorter ones, too: `/` is `/index.html`, `/async` is `/async.html`. */
const pagePath = (): string => location.pathname.replace(/\/$/, "/index").replace(/\/[^./]+$/, "$&.html");

const prefix = (): string => `overlap:${pagePath()}#`;

/** Return the name under which a cell's edit is stored. */
export const storageKey = (cell: Numbered): string => prefix() + cell.number;

/** Return a hash (FNV-1a), enough to tell whether the published code has changed. */
export function fingerprint(source: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < source.length; i++) {
    hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

/**
 * Store a cell's edit. False where there is no storage or it is full: the edit lives as long as the page.
 * Code from a link is not stored, and does not replace what is, before the reader has agreed to it.
 */
export function rememberEdit(cell: CellView): boolean {
  if (cell.foreign) return true;
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

/** Return the edit of an earlier visit, and whether the published code has changed since. */
export function recallEdit(cell: CellView): { source: string; stale: boolean } | null {
  const stored = read(storageKey(cell));
  if (!stored || stored.source === cell.published) return null;
  return { source: stored.source, stale: stored.published !== fingerprint(cell.published) };
}

function read(key: string): Stored | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "null") as Stored | null;
    return typeof stored?.source === "string" ? stored : null;
  } catch {
    return null;
  }
}

/**
 * Give edits back to the code they were made from, where an update has given it another number.
 *
 * An edit whose code is gone, or has an edit already, stays where it is and counts as stale.
 */
export function followMovedCode(cells: (Numbered & Pick<CellView, "published">)[]): void {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix()));
    if (!keys.length) return;
    const places = cells.map((cell) => ({ key: storageKey(cell), code: fingerprint(cell.published) }));
    // A cell that is inserted moves all that follow: each edit makes room for the one before it.
    for (let left = keys.length; left--; ) {
      for (const key of keys.filter((each) => localStorage.getItem(each) !== null)) {
        const code = read(key)?.published;
        if (places.some((place) => place.key === key && place.code === code)) continue;
        const target = places.find(
          (place) => place.code === code && localStorage.getItem(place.key) === null,
        );
        if (!target) continue;
        localStorage.setItem(target.key, localStorage.getItem(key)!);
        localStorage.removeItem(key);
      }
    }
  } catch {
    // No storage, or no room in it: the edits stay where they are.
  }
}

export function forgetEdit(cell: CellView): void {
  try {
    localStorage.removeItem(storageKey(cell));
  } catch {
    // No storage: nothing was kept.
  }
}
