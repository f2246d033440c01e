/**
 * Starts the kernel from the memory snapshot that snapshot/make-snapshot.ts made.
 *
 * The snapshot holds the memory of a kernel that is ready for its first cell. What it does
 * not hold is put back here: the files (their content comes when Python reads them, from the
 * same wheels and python_stdlib.zip that a normal start loads), randomness, the clock, and what
 * depends on the browser. Uses private parts of Pyodide; whatever goes wrong rejects
 * with a RestoreError, and then a normal start is right.
 */
import type { PyodideAPI } from "pyodide";
import type { SnapshotInfo } from "../shared/protocol.ts";

interface Lock {
  packages: Record<string, { file_name: string; sha256: string }>;
}

export interface RestoreOptions {
  info: SnapshotInfo;
  snapshotURL: string;
  /** Folder of Pyodide's files. */
  indexURL: string;
  /** What the addresses of wheels are relative to. */
  lockURL: string;
  lock: Promise<Lock> | Lock;
  /** pyodide.mjs and pyodide.asm.mjs. */
  runtime: Promise<{ loadPyodide: unknown }>;
  engine: Promise<{ default: unknown }>;
  /** Some small file. Pyodide loads it in place of python_stdlib.zip, and it is not used. */
  placeholderURL: string;
  /** How files are read; the tests read from disk. */
  read?: ((url: string) => Promise<Uint8Array>) | undefined;
  readSync?: (url: string) => Uint8Array;
}

export type RestoreReason = "missing" | "corrupt" | "mismatch" | "memory" | "failed";

/** Why a restore did not work. `reason` is for the program, the message for people. */
export class RestoreError extends Error {
  readonly reason: RestoreReason;

  constructor(reason: RestoreReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RestoreError";
    this.reason = reason;
  }
}

/** The format of snapshots that make-snapshot.ts writes and this code reads. */
export const FORMAT = 3;

/** What a snapshot says of itself, before the memory. */
export interface Head {
  page: number;
  /** First page, number of pages, first page, … of the memory that changed. */
  runs: number[];
  staticHash: string;
  tableLength: number;
  sitePackages: string;
  stdlib: { path: string; size: number };
  fileTime: number;
  packages: {
    name: string;
    sha256: string;
    size: number;
    /** Name, size, and where it lies in the wheel: start, length, method of packing. */
    files: [name: string, size: number, start: number, stored: number, method: number][];
  }[];
  folders: string[];
  texts: [path: string, text: string][];
}

interface FSNode {
  mtime: number;
  atime: number;
  ctime: number;
  usedBytes: number;
  node_ops: { mknod(parent: FSNode, name: string, mode: number, dev: number): FSNode };
}

/** The parts of Emscripten's module that are used here. */
interface Module {
  API: { public_api: Record<string, unknown> };
  FS: {
    ErrnoError: new (errno: number) => Error;
    mkdirTree(path: string): void;
    writeFile(path: string, text: string): void;
    unlink(path: string): void;
    lookupPath(path: string): { node: FSNode };
  };
  HEAPU8: Uint8Array;
  HEAP32: Int32Array;
  HEAPU32: Uint32Array;
  wasmTable: WebAssembly.Table;
  jspiSupported: boolean;
  __PyRuntime: number;
  __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: number;
  /** Addresses of what the C library knows of the time zone, and the function that writes it. */
  _timezone: number;
  _daylight: number;
  _tzname: number;
  __tzset_js(timezone: number, daylight: number, standard: number, other: number): void;
  UTF8ToString(address: number): string;
  _malloc(size: number): number;
  _free(address: number): void;
  _ZSTD_decompress(target: number, size: number, source: number, length: number): number;
  _inflateInit2_(stream: number, bits: number, version: number, size: number): number;
  _inflate(stream: number, flush: number): number;
  _inflateEnd(stream: number): number;
}

interface Settings {
  instantiateWasm: (
    imports: unknown,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => unknown;
}

/** Load Pyodide with the kernel in it, imported and warm. Rejects with a RestoreError. */
export async function restoreKernel(options: RestoreOptions): Promise<PyodideAPI> {
  try {
    return await restore(options);
  } catch (error) {
    if (error instanceof RestoreError) throw error;
    throw new RestoreError("failed", `The snapshot could not be restored: ${text(error)}`, { cause: error });
  }
}

async function restore(options: RestoreOptions): Promise<PyodideAPI> {
  const { info, lockURL } = options;
  if (info.format !== FORMAT) throw new RestoreError("mismatch", `The snapshot has format ${info.format}.`);
  const snapshot = fetchSnapshot(options);
  snapshot.catch(() => undefined); // awaited below, once the engine is there
  const { loadPyodide } = (await options.runtime) as typeof import("pyodide");
  // Pyodide wants the header before there is a module, and reads it after.
  const prefix = new Uint8Array(info.prefixBytes);
  const lock = await options.lock;
  let head!: Head;
  let module!: Module;

  const createPyodideModule = async (settings: Settings): Promise<Module> => {
    const create = (await options.engine).default as (settings: Settings) => Promise<Module>;
    let initial!: Uint8Array;
    let initialHash!: Promise<string>;
    let refuse!: (error: RestoreError) => void;
    const refused = new Promise<never>((_, reject) => (refuse = reject));
    const instantiateWasm: Settings["instantiateWasm"] = (imports, done) =>
      settings.instantiateWasm(imports, (instance, wasm) => {
        const memory = instance.exports.memory as WebAssembly.Memory;
        initial = new Uint8Array(memory.buffer).slice(0, info.staticEnd);
        initialHash = hash(initial);
        initialHash.catch(() => undefined); // awaited below
        try {
          // Before Emscripten makes its views: later it would not notice.
          const missing = Math.ceil((info.heapBytes - memory.buffer.byteLength) / 65536);
          if (missing > 0) memory.grow(missing);
        } catch (error) {
          refuse(new RestoreError("memory", `No memory for the snapshot: ${text(error)}`));
          return;
        }
        done(withTableEntries(instance), wasm);
      });
    // In this order: a snapshot that is no good stops the start even if the engine hangs.
    module = await Promise.race([create({ ...settings, instantiateWasm }), refused, never(snapshot)]);
    const file = await snapshot;
    prefix.set(file.subarray(0, info.prefixBytes));
    const unpacked = unpack(module, file.subarray(info.prefixBytes), info.unpackedBytes);
    head = unpacked.head;
    checkEngine(module, head, await initialHash);
    checkPackages(head, lock);
    fillMemory(module, head, unpacked.pages, initial);
    return module;
  };

  const pyodide = await loadPyodide({
    indexURL: options.indexURL,
    lockFileContents: lock as never,
    packageBaseUrl: lockURL.slice(0, lockURL.lastIndexOf("/") + 1),
    stdLibURL: options.placeholderURL,
    createPyodideModule: createPyodideModule as never,
    _loadSnapshot: prefix,
    _snapshotDeserializer: ({ api }: { api: string | true }) =>
      api === true ? module.API.public_api : module.API.public_api[api],
  });
  mountFiles(module, head, lock, options);
  for (const { name } of head.packages) {
    (pyodide.loadedPackages as Record<string, string>)[name] = "default channel";
  }
  renew(pyodide, module);
  return pyodide;
}

/**
 * Return the instance with each exported function as the object that its table holds.
 *
 * In JavaScriptCore these are two objects for one function. Emscripten knows the number of a function by
 * the object: it would append every exported one to the table, and the snapshot has other numbers.
 */
function withTableEntries(instance: WebAssembly.Instance): WebAssembly.Instance {
  const { ...exports } = instance.exports; // the namespace itself is frozen
  const table = exports.__indirect_function_table as WebAssembly.Table;
  const namesOf = new Map<string, string[]>(); // a function's own name is its number in the module
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value === "function") namesOf.set(value.name, [...(namesOf.get(value.name) ?? []), name]);
  }
  for (let i = 0; i < table.length; i++) {
    const entry = table.get(i) as WebAssembly.ExportValue | null;
    if (typeof entry !== "function") continue;
    for (const name of namesOf.get(entry.name) ?? []) {
      if (instance.exports[name] === entry) return instance; // as in every other engine
      exports[name] = entry; // of two places the last counts, as for Emscripten
    }
  }
  return { exports };
}

/** Return a promise that can only reject. */
function never(promise: Promise<unknown>): Promise<never> {
  return promise.then(() => new Promise<never>(() => undefined));
}

async function fetchSnapshot({ info, snapshotURL, read = fetchBytes }: RestoreOptions): Promise<Uint8Array> {
  const file = await read(snapshotURL).catch((error: unknown) => {
    throw new RestoreError("missing", `${info.file} did not arrive: ${text(error)}`);
  });
  if (file.byteLength !== info.bytes) {
    throw new RestoreError("corrupt", `${info.file} has ${file.byteLength} bytes, not ${info.bytes}.`);
  }
  if ((await hash(file)) !== info.sha256) {
    throw new RestoreError("corrupt", `${info.file} is not what was published.`);
  }
  return file;
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Get a file while Python waits for it. */
export function fetchBytesSync(url: string): Uint8Array {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`HTTP ${request.status}`);
  return new Uint8Array(request.response as ArrayBuffer);
}

async function hash(bytes: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new RestoreError(
      "failed",
      "A snapshot can be checked in a secure context only (https or localhost).",
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Unpack with the zstd that is part of Python: no browser has one of its own everywhere. */
export function unpack(
  module: Module,
  packed: Uint8Array,
  length: number,
): { head: Head; pages: Uint8Array } {
  const source = module._malloc(packed.length);
  const target = module._malloc(length);
  if (!source || !target) throw new RestoreError("memory", "No memory to unpack the snapshot.");
  module.HEAPU8.set(packed, source);
  if (module._ZSTD_decompress(target, length, source, packed.length) !== length) {
    throw new RestoreError("corrupt", "The snapshot cannot be unpacked.");
  }
  const unpacked = module.HEAPU8.slice(target, target + length);
  const [headLength = 0, pagesLength = 0] = new Uint32Array(unpacked.buffer, 0, 2);
  if (8 + headLength + pagesLength !== length)
    throw new RestoreError("corrupt", "The snapshot has the wrong length.");
  const pages = unpacked.subarray(8 + headLength);
  return { head: JSON.parse(new TextDecoder().decode(unpacked.subarray(8, 8 + headLength))) as Head, pages };
}

/** Refuse another build of Pyodide: the snapshot's addresses are those of one. */
function checkEngine(module: Module, head: Head, staticHash: string): void {
  const tableLength = module.wasmTable.length - (module.HEAP32[trampolineAt(module)] ? 1 : 0);
  if (tableLength !== head.tableLength) {
    throw new RestoreError(
      "mismatch",
      `The engine has ${tableLength} functions, the snapshot ${head.tableLength}.`,
    );
  }
  if (staticHash !== head.staticHash) {
    throw new RestoreError("mismatch", "The snapshot is of another build of Pyodide.");
  }
}

/** Return where Python keeps the function that it calls others by. On iOS there is none. */
function trampolineAt({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET }: Module): number {
  return (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]!) / 4;
}

/** Refuse a snapshot that is older or newer than the page: an update is on its way. */
function checkPackages(head: Head, lock: Lock): void {
  for (const { name, sha256 } of head.packages) {
    if (lock.packages[name]?.sha256 !== sha256) {
      throw new RestoreError("mismatch", `The snapshot has another ${name} than the lock file.`);
    }
  }
}

function fillMemory(module: Module, head: Head, pages: Uint8Array, initial: Uint8Array): void {
  const { HEAPU8, HEAP32 } = module;
  const trampoline = HEAP32[trampolineAt(module)]!;
  HEAPU8.fill(0);
  HEAPU8.set(initial);
  applyPages(HEAPU8, pages, head, initial.length);
  HEAP32[trampolineAt(module)] = trampoline;
}

/** Write the changed pages; below `staticEnd` they are differences. */
export function applyPages(
  heap: Uint8Array,
  pages: Uint8Array,
  { page, runs }: Pick<Head, "page" | "runs">,
  staticEnd: number,
): void {
  let from = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const start = runs[i]! * page;
    const bytes = pages.subarray(from, from + runs[i + 1]! * page);
    const mixed = Math.max(0, Math.min(bytes.length, staticEnd - start));
    for (let k = 0; k < mixed; k++) heap[start + k]! ^= bytes[k]!;
    heap.set(bytes.subarray(mixed), start + mixed);
    from += bytes.length;
  }
}

function mountFiles(module: Module, head: Head, lock: Lock, options: RestoreOptions): void {
  const { FS } = module;
  const { sitePackages, stdlib, fileTime } = head;
  const readSync = options.readSync ?? fetchBytesSync;
  const lazily = (url: string, size: number) => {
    let bytes: Uint8Array | undefined;
    return (): Uint8Array => {
      if (bytes) return bytes;
      try {
        bytes = readSync(url);
        if (bytes.length === size) return bytes;
        throw new Error(`it has ${bytes.length} bytes, not ${size}`);
      } catch (error) {
        bytes = undefined;
        console.error(`${url} could not be read: ${text(error)}`);
        throw new FS.ErrnoError(29); // EIO; Python raises OSError
      }
    };
  };

  FS.unlink(stdlib.path);
  const library = lazily(options.indexURL + "python_stdlib.zip", stdlib.size);
  addLazyFile(FS.lookupPath("/lib").node, stdlib.path.slice("/lib/".length), stdlib.size, fileTime, library);
  const folders = new Map([[sitePackages, FS.lookupPath(sitePackages).node]]);
  const folder = (path: string): FSNode => {
    let node = folders.get(path);
    if (!node) {
      const slash = path.lastIndexOf("/");
      const parent = folder(path.slice(0, slash));
      node = parent.node_ops.mknod(parent, path.slice(slash + 1), 0o40755, 0);
      folders.set(path, node);
    }
    return node;
  };
  for (const { name, size, files } of head.packages) {
    const wheel = lazily(new URL(lock.packages[name]!.file_name, options.lockURL).href, size);
    for (const [file, length, start, stored, method] of files) {
      const slash = file.lastIndexOf("/");
      const parent = folder(slash < 0 ? sitePackages : `${sitePackages}/${file.slice(0, slash)}`);
      addLazyFile(parent, file.slice(slash + 1), length, fileTime, () => {
        const bytes = wheel().subarray(start, start + stored);
        return method === 0 ? bytes.slice() : inflate(module, bytes, length);
      });
    }
  }
  for (const path of head.folders) FS.mkdirTree(path);
  for (const [path, content] of head.texts) FS.writeFile(path, content);
  // Python remembers what is in a folder as long as the folder's time is the same.
  for (const node of folders.values()) node.mtime = fileTime;
}

/** Add a file to Emscripten's memory file system whose content comes with the first access. */
function addLazyFile(
  folder: FSNode,
  name: string,
  size: number,
  time: number,
  content: () => Uint8Array,
): void {
  const node = folder.node_ops.mknod(folder, name, 0o100644, 0);
  node.usedBytes = size;
  node.atime = node.mtime = node.ctime = time;
  const set = (value: Uint8Array): Uint8Array => {
    Object.defineProperty(node, "contents", { value, writable: true, configurable: true, enumerable: true });
    return value;
  };
  Object.defineProperty(node, "contents", {
    get: () => set(content()),
    set,
    configurable: true,
    enumerable: true,
  });
}

/** Inflate with Python's zlib. Synchronous, as a read is; the browser's is not. */
function inflate(module: Module, packed: Uint8Array, length: number): Uint8Array {
  const Z_STREAM = 56;
  const stream = module._malloc(Z_STREAM + 8 + packed.length + length);
  if (!stream) throw new module.FS.ErrnoError(48); // ENOMEM
  const version = stream + Z_STREAM;
  const source = version + 8;
  const target = source + packed.length;
  try {
    module.HEAPU8.fill(0, stream, source);
    module.HEAPU8[version] = "1".charCodeAt(0);
    module.HEAPU8.set(packed, source);
    const view = new DataView(module.HEAPU8.buffer);
    view.setUint32(stream, source, true);
    view.setUint32(stream + 4, packed.length, true);
    view.setUint32(stream + 12, target, true);
    view.setUint32(stream + 16, length, true);
    const started = module._inflateInit2_(stream, -15, version, Z_STREAM) === 0;
    const ended = started && module._inflate(stream, 4) === 1; // Z_FINISH, Z_STREAM_END
    module._inflateEnd(stream);
    if (!ended) throw new module.FS.ErrnoError(29);
    return module.HEAPU8.slice(target, target + length);
  } finally {
    module._free(stream);
  }
}

/** Set the time zone: the C library asks for it once, and its memory has that of the build. */
function renewTimeZone(module: Module): [standard: string, summer: string] {
  const { HEAPU32, _timezone, _daylight, _tzname } = module;
  const [standard, summer] = [HEAPU32[_tzname / 4]!, HEAPU32[_tzname / 4 + 1]!];
  module.__tzset_js(_timezone, _daylight, standard, summer);
  return [module.UTF8ToString(standard), module.UTF8ToString(summer)];
}

/** Renew randomness, time zone and what else is this browser's: renew.py of overlap_page. */
function renew(pyodide: PyodideAPI, module: Module): void {
  const language = `${(globalThis.navigator?.language ?? "C").replace("-", "_")}.UTF-8`;
  // Imported when the snapshot was made: nothing is compiled or read here.
  const python = pyodide.pyimport("overlap_page.renew");
  python.renew(language, module.jspiSupported, ...renewTimeZone(module));
  python.destroy();
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
