import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store } from "../src/worker/store";

const SITE = "https://site.test/overlap/";
const NAME = "/overlap/python";

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).slice().buffer;
async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Cache Storage in memory, and locks that count. */
class FakeCaches {
  readonly all = new Map<string, Map<string, string>>();
  full = false;
  async has(name: string) {
    return this.all.has(name);
  }
  async open(name: string) {
    const entries = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, entries);
    return {
      keys: async () => [...entries.keys()].map((url) => ({ url })),
      delete: async (url: string) => entries.delete(url),
      put: async (url: string, response: Response) => {
        const text = await response.text();
        if (this.full) throw new DOMException("full", "QuotaExceededError");
        entries.set(url, text);
      },
    };
  }
  async match(url: string) {
    for (const entries of this.all.values()) if (entries.has(url)) return new Response(entries.get(url));
    return undefined;
  }
  get stored(): string[] {
    return [...(this.all.get(NAME)?.keys() ?? [])].map((url) => url.slice(SITE.length)).sort();
  }
}

let storage: FakeCaches;
let shared: number;
let asked: string[];
const network: Record<string, string> = {};
const plain = (async (input: RequestInfo | URL) => {
  asked.push(String(input).slice(SITE.length));
  const text = network[String(input).slice(SITE.length)];
  return text === undefined ? new Response("", { status: 404 }) : new Response(text);
}) as typeof fetch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  storage = new FakeCaches();
  shared = 0;
  asked = [];
  for (const name of Object.keys(network)) delete network[name];
  vi.stubGlobal("caches", storage);
  vi.stubGlobal("location", { href: SITE });
  const request = async (_: string, options: LockOptions, act: (lock: unknown) => Promise<void>) => {
    if (options.mode === "shared") {
      shared += 1;
      await act({});
      shared -= 1;
    } else await act(shared > 0 ? null : {});
  };
  vi.stubGlobal("navigator", { locks: { request } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Start with these files, read each, and settle. Resolves with what they said. */
async function visit(files: Record<string, string>, late: Record<string, string> = {}): Promise<string[]> {
  const store = new Store(NAME, plain);
  for (const [name, text] of Object.entries(files)) store.want(SITE + name, await sha256(text));
  await store.allow(
    await Promise.all(Object.entries(late).map(async ([n, text]) => [SITE + n, await sha256(text)] as const)),
  );
  const said = await Promise.all(Object.keys(files).map(async (n) => (await store.request(SITE + n)).text()));
  await settle(store);
  return said;
}

async function settle(store: Store): Promise<void> {
  let over = false;
  void store.settle().then(() => (over = true));
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(2000);
  }
}

const V1 = { "kernel-1.json": "one", "py-1/a.wasm": "engine", "k1.snapshot": "memory" };

test("a second visit asks the network for nothing", async () => {
  Object.assign(network, V1);
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
  expect(asked).toHaveLength(3);
  expect(storage.stored).toEqual(Object.keys(V1).sort());
  asked.length = 0;
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
  expect(asked).toEqual([]);
});

test("an update keeps what is unchanged, and deletes the rest once it has started", async () => {
  Object.assign(network, V1);
  await visit(V1);
  const V2 = { "kernel-2.json": "two", "py-1/a.wasm": "engine", "k2.snapshot": "other memory" };
  Object.assign(network, V2);
  asked.length = 0;
  await visit(V2);
  expect(asked).toEqual(["kernel-2.json", "k2.snapshot"]);
  expect(storage.stored).toEqual(Object.keys(V2).sort());
});

test("nothing is deleted while another tab starts; the next visit does it", async () => {
  Object.assign(network, V1);
  await visit(V1);
  const V2 = { "kernel-2.json": "two" };
  Object.assign(network, V2);
  const otherTab = new Store(NAME, plain);
  await visit(V2);
  expect(storage.stored).toEqual([...Object.keys(V1), "kernel-2.json"].sort());
  await settle(otherTab); // has asked for nothing itself: it deletes all
  await visit(V2);
  expect(storage.stored).toEqual(["kernel-2.json"]);
});

test.each(["truncated", "mem", ""])("a damaged file (%j) is replaced before it is used", async (damaged) => {
  Object.assign(network, V1);
  await visit(V1);
  storage.all.get(NAME)!.set(SITE + "k1.snapshot", damaged);
  asked.length = 0;
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
  expect(asked).toEqual(["k1.snapshot"]);
  expect(storage.all.get(NAME)!.get(SITE + "k1.snapshot")).toBe("memory");
});

test("an engine that does not compile is replaced, one that does is checked later", async () => {
  Object.assign(network, V1);
  await visit(V1);
  const entries = storage.all.get(NAME)!;
  entries.set(SITE + "py-1/a.wasm", "broken");
  const store = new Store(NAME, plain);
  store.want(SITE + "py-1/a.wasm", await sha256("engine"));
  expect(await (await store.request(SITE + "py-1/a.wasm")).text()).toBe("broken");
  expect(await (await store.replaceEngine())?.text()).toBe("engine");
  expect(await store.replaceEngine()).toBe(null);
  await settle(store);
  expect(entries.get(SITE + "py-1/a.wasm")).toBe("engine");
  entries.set(SITE + "py-1/a.wasm", "broken");
  await visit(V1);
  expect(entries.has(SITE + "py-1/a.wasm")).toBe(false);
});

test("what the network gives and is not what was published is used, not kept", async () => {
  Object.assign(network, V1, { "k1.snapshot": "of another version" });
  expect(await visit(V1)).toContain("of another version");
  expect(storage.stored).not.toContain("k1.snapshot");
});

test("a guide saved for offline use has the files, too: they are not stored twice", async () => {
  storage.all.set(
    "/overlap/offline 1",
    new Map(Object.entries(V1).map(([name, text]) => [SITE + name, text])),
  );
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
  expect([asked, [...storage.all.keys()]]).toEqual([[], ["/overlap/offline 1"]]);
});

test("a file that Python once read late is at hand on the next visit", async () => {
  Object.assign(network, V1);
  const late = { "lib.zip": "PK lib" };
  const get = vi.fn(() => new Uint8Array(bytesOf("PK lib")));
  const store = new Store(NAME, plain);
  await store.allow([[SITE + "lib.zip", await sha256("PK lib")]]);
  await settle(store);
  store.requestSync(SITE + "lib.zip", get);
  await vi.waitFor(() => expect(storage.stored).toEqual(["lib.zip"]));
  const next = new Store(NAME, plain);
  await next.allow([[SITE + "lib.zip", await sha256("PK lib")]]);
  expect(new TextDecoder().decode(next.requestSync(SITE + "lib.zip", get))).toBe("PK lib");
  expect(get).toHaveBeenCalledTimes(1);
  expect(await visit(V1, late)).toHaveLength(3);
  expect(storage.stored).toContain("lib.zip");
});

test("a full disk, and storage that is forbidden, mean the network", async () => {
  Object.assign(network, V1);
  storage.full = true;
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
  expect(storage.stored).toEqual([]);
  const refuse = {
    get: () => {
      throw new DOMException("no", "SecurityError");
    },
  };
  for (const name of ["has", "open", "match"]) Object.defineProperty(storage, name, refuse);
  vi.stubGlobal("navigator", {});
  expect(await visit(V1)).toEqual(["one", "engine", "memory"]);
});

test("other addresses pass through", async () => {
  network.other = "theirs";
  const store = new Store(NAME, plain);
  expect(await (await store.request(SITE + "other")).text()).toBe("theirs");
  await settle(store);
  expect(storage.stored).toEqual([]);
});
