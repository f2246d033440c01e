/** What a snapshot keeps of Pyodide's memory: pages that differ, without the garbage. */

export const HEAP_PAGE = 4096;

/** What is used here of Pyodide's engine. */
export interface Memory {
  HEAPU8: Uint8Array;
  HEAP32: Int32Array;
  stackSave(): number;
  stackRestore(stack: number): void;
  stackAlloc(bytes: number): number;
  _emscripten_stack_get_end(): number;
  _PyObject_Malloc(bytes: number): number;
  _PyObject_Free(block: number): void;
  _malloc(bytes: number): number;
  _malloc_usable_size(block: number): number;
  _free(block: number): void;
  _mallinfo(info: number): void;
  _sbrk(bytes: number): number;
}

/** Overwrite memory that nobody uses. It holds what was there before, and does not compress. */
export function zeroFreeMemory(Module: Memory): void {
  const { HEAPU8 } = Module;
  HEAPU8.fill(0, Module._emscripten_stack_get_end(), Module.stackSave());
  // Python's own allocator first: it gives memory that is free as a whole back to malloc.
  for (let size = 8; size <= 512; size += 8) {
    const blocks: number[] = [];
    const used = bytesInUse(Module);
    const perCheck = Math.ceil(200_000 / size);
    // It takes a new arena only when it has no free block of this size left.
    do {
      for (let i = 0; i < perCheck; i++) {
        const block = Module._PyObject_Malloc(size);
        Module.HEAPU8.fill(0, block, block + size);
        blocks.push(block);
      }
    } while (bytesInUse(Module) - used < 100_000);
    for (const block of blocks.reverse()) Module._PyObject_Free(block);
  }
  const blocks: number[] = [];
  let end = Module._sbrk(0);
  for (let size = 1 << 20; size >= 16; size >>= 1) {
    for (;;) {
      const block = Module._malloc(size);
      if (Module._sbrk(0) > end) {
        end = Module._sbrk(0);
        Module._free(block);
        break;
      }
      Module.HEAPU8.fill(0, block, block + Module._malloc_usable_size(block));
      blocks.push(block);
    }
  }
  for (const block of blocks) Module._free(block);
}

function bytesInUse(Module: Memory): number {
  const stack = Module.stackSave();
  const info = Module.stackAlloc(64);
  Module._mallinfo(info);
  const used = Module.HEAP32[info / 4 + 7] ?? 0;
  Module.stackRestore(stack);
  return used;
}

/**
 * Return the pages of `heap` that are not zero, once `initial` (what a fresh instance has there) is
 * taken off by XOR. `runs` is [first page, number of pages, first page, …].
 */
export function changedPages(heap: Uint8Array, initial: Uint8Array): { runs: number[]; pages: Buffer } {
  const changed = heap.slice();
  for (let i = 0; i < initial.length; i++) changed[i]! ^= initial[i]!;
  const runs: number[] = [];
  const kept: Uint8Array[] = [];
  for (let page = 0; page * HEAP_PAGE < changed.length; page++) {
    const bytes = changed.subarray(page * HEAP_PAGE, (page + 1) * HEAP_PAGE);
    if (bytes.every((byte) => byte === 0)) continue;
    if (runs.length && runs.at(-2)! + runs.at(-1)! === page) runs[runs.length - 1]! += 1;
    else runs.push(page, 1);
    kept.push(bytes);
  }
  return { runs, pages: Buffer.concat(kept) };
}
