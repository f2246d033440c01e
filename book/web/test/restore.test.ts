/// <reference types="node" />
import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { changedPages } from "../snapshot/heap.ts";
import { readWheel } from "../snapshot/wheel.ts";
import { applyPages, FORMAT, RestoreError, type RestoreOptions, restoreKernel } from "../src/worker/restore";

const PAGE = 4096;

/** Bytes that look like memory: mostly zero, some of it not. */
function memory(pages: number, seed: number, used: number[]): Uint8Array {
  const bytes = new Uint8Array(pages * PAGE);
  for (const page of used) {
    for (let i = 0; i < 100; i++) bytes[page * PAGE + ((i * 37 + seed) % PAGE)] = (i * seed) % 251;
  }
  return bytes;
}

describe("pages", () => {
  it("restore exactly the memory they were taken from", () => {
    // The engine's own data ends in the middle of a page that has changed behind it too.
    const initial = memory(4, 3, [0, 1, 2, 3]).slice(0, 3 * PAGE + 1001);
    const heap = memory(20, 7, [1, 3, 4, 9, 10, 19]);
    heap.set(initial.subarray(0, PAGE)); // unchanged
    const { runs, pages } = changedPages(heap, initial);
    const restored = new Uint8Array(heap.length);
    restored.set(initial);
    applyPages(restored, pages, { page: PAGE, runs }, initial.length);
    expect(restored).toEqual(heap);
    expect(runs).toEqual([1, 4, 9, 2, 19, 1]);
    expect(pages.length).toBe(7 * PAGE);
  });
});

describe("a wheel", () => {
  it("says where its files lie", () => {
    const text = Buffer.from("x = 1\n".repeat(50));
    const packed = deflateRawSync(text);
    const name = Buffer.from("package/module.py");
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(30 + name.length + packed.length, 16);
    const wheel = Buffer.concat([local, name, packed, entry, name, end]);
    const [file] = readWheel(wheel);
    expect(file).toEqual({
      name: "package/module.py",
      data: text,
      start: 30 + name.length,
      stored: packed.length,
      method: 8,
    });
    expect(wheel.subarray(file!.start, file!.start + file!.stored)).toEqual(packed);
  });

  it("is refused when it is no zip file", () => {
    expect(() => readWheel(Buffer.from("no"))).toThrow("not a zip file");
  });
});

describe("a restore", () => {
  afterEach(() => vi.unstubAllGlobals());

  const file = new Uint8Array(2000).fill(5);
  const info = {
    format: FORMAT,
    file: "kernel-0.snapshot",
    bytes: file.length,
    sha256: createHash("sha256").update(file).digest("hex"),
    prefixBytes: 100,
    unpackedBytes: 5000,
    heapBytes: 0,
    staticEnd: 0,
  };

  /** An engine that never gets ready: only the snapshot can end this start. */
  function options(change: Partial<RestoreOptions>): RestoreOptions {
    const loadPyodide = async (settings: { createPyodideModule: (s: unknown) => Promise<unknown> }) =>
      settings.createPyodideModule({});
    return {
      info,
      snapshotURL: "https://site.test/kernel-0.snapshot",
      indexURL: "https://site.test/pyodide/",
      lockURL: "https://site.test/lock/lock.json",
      lock: { packages: {} },
      runtime: Promise.resolve({ loadPyodide }),
      engine: Promise.resolve({ default: () => new Promise(() => undefined) }),
      placeholderURL: "https://site.test/kernel.json",
      read: async () => file,
      ...change,
    };
  }

  async function reason(change: Partial<RestoreOptions>): Promise<string> {
    const error = await restoreKernel(options(change)).then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(RestoreError);
    return (error as RestoreError).reason;
  }

  it("is refused without waiting for the engine when the file is missing", async () => {
    vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
    expect(await reason({ read: undefined })).toBe("missing");
  });

  it("is refused when the connection breaks", async () => {
    expect(await reason({ read: async () => Promise.reject(new TypeError("network")) })).toBe("missing");
  });

  it("is refused when the file is short or changed", async () => {
    expect(await reason({ read: async () => file.subarray(1) })).toBe("corrupt");
    const changed = file.slice();
    changed[1000] = 6;
    expect(await reason({ read: async () => changed })).toBe("corrupt");
  });

  it("is refused when the format is another", async () => {
    expect(await reason({ info: { ...info, format: FORMAT + 1 } })).toBe("mismatch");
  });

  it("is refused when nothing can check the file", async () => {
    vi.stubGlobal("crypto", {});
    expect(await reason({})).toBe("failed");
  });

  it("is refused when Pyodide or the lock file does not come", async () => {
    expect(await reason({ runtime: Promise.reject(new Error("pyodide.mjs")) })).toBe("failed");
    expect(await reason({ lock: Promise.reject(new Error("lock")) })).toBe("failed");
  });

  /**
   * Its functions 0, 1, 2 are in the table at 1, 2, 3. Exported are `a` and `again` (0), `b` (1), and
   * `alone` (3), which is in no table.
   */
  const ENGINE = [
    "0061736d01000000 0104016000 00 030504000000 00 0404017000 04 0503010001",
    "073e 06 066d656d6f7279 0200 195f5f696e6469726563745f66756e6374696f6e5f7461626c65 0100",
    "0161 0000 05616761696e 0000 0162 0001 05616c6f6e65 0003",
    "0909 01 0041010b 03000102 0a0d 04 02000b 02000b 02000b 02000b",
  ];

  /** Return what Emscripten gets when the browser has made `instance`. */
  async function received(instance: WebAssembly.Instance): Promise<WebAssembly.Instance> {
    type Instantiate = (imports: unknown, done: (instance: WebAssembly.Instance) => void) => unknown;
    const settings = { instantiateWasm: ((_, done) => done(instance)) satisfies Instantiate };
    const loadPyodide = ({ createPyodideModule }: { createPyodideModule: (s: unknown) => unknown }) =>
      createPyodideModule(settings);
    return new Promise((resolve, reject) => {
      const engine = {
        default: ({ instantiateWasm }: { instantiateWasm: Instantiate }) => {
          instantiateWasm({}, resolve);
          return new Promise(() => undefined);
        },
      };
      restoreKernel(
        options({ runtime: Promise.resolve({ loadPyodide }), engine: Promise.resolve(engine) }),
      ).catch(reject);
    });
  }

  it("gives Emscripten the functions that the table holds, where exported ones are other objects", async () => {
    const bytes = Buffer.from(ENGINE.join("").replaceAll(" ", ""), "hex");
    const { instance } = await WebAssembly.instantiate(bytes);
    // As in JavaScriptCore: callable, of the same name, and not the same.
    const wrapped = Object.entries(instance.exports).map(([name, value]) => {
      if (typeof value !== "function") return [name, value];
      return [name, Object.defineProperty(() => value(), "name", { value: value.name })];
    });
    const exports = Object.freeze(Object.fromEntries(wrapped) as WebAssembly.Exports);
    const table = instance.exports.__indirect_function_table as WebAssembly.Table;
    const given = (await received({ exports })).exports;
    expect(given.a).toBe(table.get(1));
    expect(given.again).toBe(table.get(1));
    expect(given.b).toBe(table.get(2));
    expect(given.alone).toBe(exports.alone);
    expect(given.memory).toBe(exports.memory);
    expect(Object.keys(given)).toEqual(Object.keys(exports)); // Emscripten goes by their order
  });

  it("leaves an instance alone whose exported functions are those of the table", async () => {
    const { instance } = await WebAssembly.instantiate(
      Buffer.from(ENGINE.join("").replaceAll(" ", ""), "hex"),
    );
    expect(await received(instance)).toBe(instance);
  });
});
