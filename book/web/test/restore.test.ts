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
});
