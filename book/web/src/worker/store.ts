/**
 * Keeps the kernel's files in Cache Storage: a later visit asks the network for none of them.
 * (A host such as GitHub Pages lets a browser use a file for ten minutes; then each is asked for again.)
 *
 * The address of each file changes with its content, and each is checked against its hash when it
 * is read: a file of another version, or one that the disk has damaged, is never used. So one
 * cache is enough, and what an update leaves unchanged stays. When Python has started, the rest is
 * deleted, unless another tab is starting just then: the next visit does it. A start holds a lock
 * with the cache's name, shared; who deletes the cache takes the lock alone.
 *
 * The engine (.wasm) is the exception: the browser compiles it while it streams, which is as fast as
 * from the HTTP cache with its compiled code, but only if nothing stands in between. (Reading it
 * first, for the hash, made a start 50 ms longer; Chromium.) Damaged code does not compile and is
 * then replaced at once, and its hash is checked when Python has started.
 *
 * Nothing here is needed: storage that is forbidden, full or broken means the network, silently.
 */

/** Milliseconds after the start when the engine is checked: the first cell runs now. */
const LATER = 1000;

const TYPES: Record<string, string> = {
  ".wasm": "application/wasm",
  ".mjs": "text/javascript",
  ".json": "application/json",
};

type Bytes = ArrayBuffer | null;

export class Store {
  /** Listed addresses, each with the SHA-256 of its file (hexadecimal), or how that begins. */
  private readonly hashes = new Map<string, string>();
  /** Files that were found when the start began, and what has come from the network since. */
  private readonly found = new Map<string, Promise<Bytes>>();
  private readonly fresh = new Map<string, Promise<Bytes>>();
  /** Files that Python may read when it cannot wait. */
  private readonly atHand = new Map<string, ArrayBuffer>();
  /** Addresses of engines that were passed on as they are stored. */
  private readonly unchecked = new Set<string>();
  private settled = false;
  private release = (): void => undefined;
  /** Over when the lock of this start has been given back. */
  private readonly starting: Promise<void>;

  /** `name` is that of the cache; `fetch` gets what is not in it. */
  constructor(
    private readonly name: string,
    private readonly fetch: typeof globalThis.fetch,
  ) {
    const started = new Promise<void>((resolve) => (this.release = resolve));
    this.starting = this.lock({ mode: "shared" }, () => started);
  }

  /** Begin to read a file that the start needs. */
  want(url: string, sha256: string): void {
    this.hashes.set(url, sha256);
    if (!isEngine(url)) this.found.set(url, this.read(url, sha256));
  }

  /** Files that may be needed later: ready when they were needed before. */
  async allow(files: Iterable<readonly [url: string, sha256: string]>): Promise<void> {
    const kept = new Set(await this.kept());
    const reading = [...files].map(async ([url, sha256]) => {
      this.hashes.set(url, sha256);
      const bytes = kept.has(url) && (await this.read(url, sha256));
      if (bytes) this.atHand.set(url, bytes);
    });
    await Promise.all(reading);
  }

  /** Answers like `fetch`: with what is kept, or from the network, to be kept. */
  readonly request: typeof globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : new URL(input, location.href).href;
    if (!this.hashes.has(url)) return this.fetch(input, init);
    const bytes = this.atHand.get(url) ?? (await this.found.get(url)) ?? (await this.fresh.get(url));
    if (bytes) return new Response(bytes, { headers: { "content-type": typeOf(url) } });
    const engine = isEngine(url) && (await this.match(url));
    if (engine) {
      this.unchecked.add(url);
      return engine;
    }
    const response = await this.fetch(input, init);
    if (response.ok) this.keep(url, response.clone().arrayBuffer());
    return response;
  };

  /** Return another engine from the network when one did not compile, if it was a stored one. */
  async replaceEngine(): Promise<Response | null> {
    const [url] = this.unchecked;
    if (!url) return null;
    this.unchecked.delete(url);
    await this.drop(url);
    const response = await this.fetch(url);
    if (response.ok) this.keep(url, response.clone().arrayBuffer());
    return response;
  }

  /** For Python's own reading, which cannot wait. */
  readonly requestSync = (url: string, get: (url: string) => Uint8Array): Uint8Array => {
    const bytes = this.atHand.get(url);
    if (bytes) return new Uint8Array(bytes);
    const got = get(url);
    if (this.hashes.has(url)) this.keep(url, Promise.resolve(got.slice().buffer));
    return got;
  };

  /** Python has started: put away what came, and delete what it did not ask for. */
  async settle(): Promise<void> {
    this.settled = true;
    for (const [url, bytes] of this.fresh) await this.put(url, bytes);
    this.fresh.clear();
    this.found.clear();
    this.release();
    await this.starting;
    await this.lock({ ifAvailable: true }, async (lock) => {
      if (!lock) return;
      for (const url of await this.kept()) if (!this.hashes.has(url)) await this.drop(url);
    });
    await new Promise((resolve) => setTimeout(resolve, LATER));
    for (const url of this.unchecked) await this.read(url, this.hashes.get(url)!);
  }

  private keep(url: string, bytes: Promise<Bytes>): void {
    const arrived = bytes.catch(() => null);
    if (this.settled) void this.put(url, arrived);
    else this.fresh.set(url, arrived);
  }

  private async put(url: string, arriving: Promise<Bytes>): Promise<void> {
    try {
      const bytes = await arriving;
      if (!bytes || !(await hasHash(bytes, this.hashes.get(url)!))) return;
      const cache = await caches.open(this.name);
      await cache.put(url, new Response(bytes, { headers: { "content-type": typeOf(url) } }));
    } catch {
      // No room, or no permission: the next visit downloads it again.
    }
  }

  /** Return the file, if it is stored and undamaged. */
  private async read(url: string, sha256: string): Promise<Bytes> {
    try {
      const bytes = await (await this.match(url))?.arrayBuffer();
      if (!bytes) return null;
      if (await hasHash(bytes, sha256)) return bytes;
      await this.drop(url);
    } catch {
      // It cannot be read, or not be checked.
    }
    return null;
  }

  /** From any cache of this site: a guide saved for offline use has it, too. */
  private async match(url: string): Promise<Response | undefined> {
    try {
      return await caches.match(url);
    } catch {
      return undefined; // no storage
    }
  }

  private async drop(url: string): Promise<void> {
    // `open` would make one where a saved guide has the files.
    if (await caches.has(this.name)) await (await caches.open(this.name)).delete(url);
  }

  private async kept(): Promise<string[]> {
    try {
      if (!(await caches.has(this.name))) return [];
      return (await (await caches.open(this.name)).keys()).map(({ url }) => url);
    } catch {
      return [];
    }
  }

  private async lock(options: LockOptions, act: (lock: Lock | null) => Promise<void>): Promise<void> {
    try {
      await navigator.locks.request(this.name, options, act);
    } catch {
      // No storage, no locks.
    }
  }
}

async function hasHash(bytes: ArrayBuffer, sha256: string): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hash.startsWith(sha256);
}

function isEngine(url: string): boolean {
  return url.endsWith(".wasm");
}

function typeOf(url: string): string {
  return TYPES[url.slice(url.lastIndexOf("."))] ?? "application/octet-stream";
}
