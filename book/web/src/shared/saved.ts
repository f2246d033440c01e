/**
 * Tells what is saved for offline use, and under which names: shared by the page, which saves, and
 * the service worker, which serves. One cache per version of the site; a version counts when
 * the state says so, which is written when all its files are there.
 */

/** `offline.json`, written by book/extension/offline.py. */
export interface Manifest {
  version: string;
  /** Path from the site's root, SHA-256 in base64, bytes, and the area of the site it belongs to. */
  files: [path: string, hash: string, bytes: number, area: Area][];
}

/** What of the site a reader can save, each by itself. */
export type Area = "guide" | "jupyterlite";

/** A request with this header wants the published file, not the saved one. */
export const SAVING = "Overlap-Saving";

export interface SavedState {
  /** The version that is served. */
  current: string;
  areas: Area[];
  /** A newer version that is whole and waits for the reader. */
  ready: string | null;
}

/** Return the name of the cache with the kernel's files (store.ts) of the site at `root`. */
export const pythonCache = (root: string): string => `${new URL(root).pathname}python`;

export class Saved {
  /** `root` is the site's address, with a slash at its end. Other sites may share the origin. */
  constructor(readonly root: string) {}

  private get prefix(): string {
    return `${new URL(this.root).pathname}offline`;
  }

  private get key(): string {
    return `${this.root}offline-state`;
  }

  cacheOf(version: string): Promise<Cache> {
    return caches.open(`${this.prefix} ${version}`);
  }

  async read(): Promise<SavedState | null> {
    const found = await caches.match(this.key, { cacheName: this.prefix });
    if (!found) return null;
    // Guides that were saved when areas were called parts are still on devices.
    const { parts, ...state } = (await found.json()) as SavedState & { parts?: Area[] };
    return parts ? { ...state, areas: parts } : state;
  }

  async write(state: SavedState): Promise<void> {
    const cache = await caches.open(this.prefix);
    await cache.put(this.key, new Response(JSON.stringify(state)));
  }

  /** Serve the version that waits, and drop the one before. */
  async promote(state: SavedState): Promise<SavedState> {
    if (!state.ready) return state;
    const promoted = { ...state, current: state.ready, ready: null };
    await this.write(promoted);
    await this.drop((version) => version !== promoted.current);
    return promoted;
  }

  /** Delete the caches of versions. */
  async drop(which: (version: string) => boolean): Promise<void> {
    const ours = (await caches.keys()).filter((name) => name.startsWith(`${this.prefix} `));
    const dropped = ours.filter((name) => which(name.slice(this.prefix.length + 1)));
    await Promise.all(dropped.map((name) => caches.delete(name)));
  }

  async removeAll(): Promise<void> {
    await caches.delete(this.prefix);
    await this.drop(() => true);
  }
}
