/**
 * Make the memory snapshot that a page's kernel starts from:
 *
 *   node make-snapshot.ts --lite LITE --out DIR
 *
 * LITE is the built JupyterLite site. Writes DIR/kernel-HASH.snapshot and DIR/snapshot.json.
 * src/worker/restore.ts reads them.
 *
 * Two runs: the first one compiles what is imported, the second one starts from the compiled
 * modules and leaves less garbage between the objects. The same input makes the same bytes:
 * time, randomness and language are fixed. So is the seed of Python's hashes, which is part of
 * the memory: a set has the same order in every kernel that starts from it.
 */
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, parseArgs } from "node:util";
import { constants, zstdCompressSync } from "node:zlib";
import type { PyodideAPI } from "pyodide";
import type { KernelConfig, LockedPackage, SnapshotInfo } from "../src/shared/protocol.ts";
import { FORMAT, type Head } from "../src/worker/restore.ts";
import { changedPages, HEAP_PAGE, type Memory, zeroFreeMemory } from "./heap.ts";
import { readWheel, type WheelFile } from "./wheel.ts";

const RUNTIME = [
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide.asm.wasm",
  "python_stdlib.zip",
  "pyodide-lock.json",
];

/** Entries of the site-packages folder get this time; Python's path caches go by it. */
const FILE_TIME = Date.UTC(2026, 0, 1);

/** A package of the snapshot, with the files of its wheel. */
interface Package {
  name: string;
  sha256: string;
  size: number;
  files: WheelFile[];
}

/** The file system of Python, as far as it is used here. */
interface Files {
  mkdirTree(path: string): void;
  readdir(path: string): string[];
  stat(path: string): { mode: number };
  isDir(mode: number): boolean;
  utime(path: string, atime: number, mtime: number): void;
  writeFile(path: string, data: Uint8Array): void;
  readFile(path: string): Uint8Array;
  readFile(path: string, options: { encoding: "utf8" }): string;
}

/** Private parts of Pyodide. */
interface Pyodide extends Omit<PyodideAPI, "FS"> {
  FS: Files;
  _api: { sitePackages: string; pyVersionTuple: number[]; public_api: Record<string, unknown> };
  _module: Memory & {
    wasmTable: { length: number };
    __PyRuntime: number;
    __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: number;
  };
  makeMemorySnapshot(options: { serializer: (object: unknown) => unknown }): Uint8Array;
}

/** A dictionary of Python: the globals of warm.py. */
type Globals = ReturnType<PyodideAPI["toPy"]>;

/** What Pyodide asks its engine to be made with. */
interface EngineSettings {
  instantiateWasm(imports: unknown, done: (instance: Engine, module: unknown) => void): unknown;
}

interface Engine {
  exports: { memory: { buffer: ArrayBuffer } };
}

const { values: options } = parseArgs({
  options: {
    lite: { type: "string" },
    out: { type: "string" },
    packages: { type: "string", default: "pyodide-kernel,overlap-page" },
    omit: { type: "string", default: "jedi" },
    level: { type: "string", default: "19" },
  },
});
const { lite: from = "", out = "" } = options;
if (!from || !out) {
  console.error("Say what from and where to: node make-snapshot.ts --lite LITE --out DIR");
  process.exit(2);
}

if (!("Suspending" in WebAssembly)) {
  // A snapshot made with JSPI works without it; the other way round `run_sync` is missing.
  const flag = "--experimental-wasm-jspi";
  if (process.execArgv.includes(flag)) fail(`Node ${process.version} has no JSPI; take Node 24 or newer.`);
  const again = spawnSync(process.execPath, [flag, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
  });
  process.exit(again.status ?? 1);
}

function fail(message: string): never {
  console.error(`make-snapshot: ${message}`);
  process.exit(1);
}

const lite = path.resolve(from);
const runtime = await findPyodide();
const lockFile = path.join(lite, "static", "pyodide-lock", "pyodide-lock.json");

/** Return the folder of Pyodide's core: JupyterLite's settings name it. */
async function findPyodide(): Promise<string> {
  const file = path.join(lite, "jupyter-lite.json");
  const text = await readFile(file, "utf8").catch(() =>
    fail(`${lite} is not a JupyterLite build: no ${file}`),
  );
  const settings = JSON.parse(text);
  const { pyodideUrl } =
    settings["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
  return path.dirname(path.join(lite, pyodideUrl)) + path.sep;
}

/** Return the packages of the snapshot, dependencies first, with the files of their wheels. */
async function readPackages(): Promise<Package[]> {
  const lock = JSON.parse(await readFile(lockFile, "utf8")) as KernelConfig["lock"];
  const omit = new Set(options.omit.split(","));
  const found = new Map<string, LockedPackage>();
  const add = (name: string): void => {
    const entry = lock.packages[name] ?? fail(`The lock file has no package ${name}.`);
    for (const dependency of entry.depends) if (!omit.has(dependency)) add(dependency);
    found.set(name, entry);
  };
  options.packages.split(",").forEach(add);
  return Promise.all(
    [...found].map(async ([name, { file_name, sha256 }]) => {
      const wheel = await readFile(path.resolve(path.dirname(lockFile), file_name));
      const digest = crypto.createHash("sha256").update(wheel).digest("hex");
      if (digest !== sha256) fail(`${file_name} does not have the hash that the lock file names.`);
      return { name, sha256, size: wheel.length, files: readWheel(wheel) };
    }),
  );
}

/** Time, randomness and the browser's names, the same in each build. */
function fixEnvironment(): void {
  let now = 0;
  performance.now = () => (now += 0.001);
  Date.now = () => FILE_TIME + Math.floor(performance.now());
  let seed = 1;
  const fill = <View extends ArrayBufferView>(view: View): View => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      bytes[i] = seed >>> 24;
    }
    return view;
  };
  Object.assign(crypto, { randomFillSync: fill });
  Object.assign(globalThis.crypto, { getRandomValues: fill });
  Math.random = () => fill(new Uint32Array(1))[0]! / 2 ** 32;
  // Else Python frees objects whenever JavaScript happens to collect its garbage.
  Object.assign(globalThis, {
    FinalizationRegistry: class {
      register(): void {}
      unregister(): void {}
    },
    // `pyodide.http` imports this name; after the restore it is the browser's.
    XMLHttpRequest: class XMLHttpRequest {},
  });
}

interface Started {
  pyodide: Pyodide;
  /** The memory that Pyodide's engine begins with. */
  initial: Uint8Array;
  warm: Globals;
  /** What is in the folders of the user. */
  before: Set<string>;
  sitePackages: string;
}

async function start(packages: Package[], compiled: [name: string, data: Uint8Array][]): Promise<Started> {
  const { loadPyodide } = await import(pathToFileURL(runtime + "pyodide.mjs").href);
  const { default: createModule } = await import(pathToFileURL(runtime + "pyodide.asm.mjs").href);
  const lock = JSON.parse(await readFile(runtime + "pyodide-lock.json", "utf8"));
  let initial = new Uint8Array();
  const pyodide: Pyodide = await loadPyodide({
    indexURL: runtime,
    lockFileContents: { ...lock, packages: {} },
    _makeSnapshot: true,
    // As in a browser.
    _sysExecutable: "./this.program",
    env: { LANG: "en_US.UTF-8" },
    createPyodideModule: (settings: EngineSettings) =>
      createModule({
        ...settings,
        instantiateWasm: (imports: unknown, done: (instance: Engine, module: unknown) => void) =>
          settings.instantiateWasm(imports, (instance, module) => {
            initial = new Uint8Array(instance.exports.memory.buffer).slice();
            done(instance, module);
          }),
      }),
  });
  const { FS } = pyodide;
  const sitePackages = pyodide._api.sitePackages;
  const before = new Set(
    listFiles(FS, "/home")
      .concat(listFiles(FS, "/tmp"))
      .map(([name]) => name),
  );
  for (const { files } of packages) {
    for (const { name, data } of files) writeFileAt(FS, `${sitePackages}/${name}`, data);
  }
  for (const [name, data] of compiled) writeFileAt(FS, name, data);
  for (const [name] of listFiles(FS, sitePackages)) FS.utime(name, FILE_TIME, FILE_TIME);
  const warm = pyodide.toPy({ __name__: "overlap_warm" });
  pyodide.runPython(await readFile(new URL("warm.py", import.meta.url), "utf8"), { globals: warm });
  pyodide.runPython("import importlib; importlib.invalidate_caches(); prepare()", { globals: warm });
  return { pyodide, initial, warm, before, sitePackages };
}

function writeFileAt(FS: Files, name: string, data: Uint8Array): void {
  FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
  FS.writeFile(name, data);
}

/** Return [path, is it a folder] of all that is below a folder, the folder included. */
function listFiles(FS: Files, folder: string): [path: string, isFolder: boolean][] {
  const found: [string, boolean][] = [[folder, true]];
  for (const name of FS.readdir(folder).sort()) {
    if (name === "." || name === "..") continue;
    const full = `${folder}/${name}`;
    if (FS.isDir(FS.stat(full).mode)) found.push(...listFiles(FS, full));
    else found.push([full, false]);
  }
  return found;
}

/** Return what Python compiles when it imports the packages. */
async function compileModules(packages: Package[]): Promise<[name: string, data: Uint8Array][]> {
  const { pyodide, sitePackages } = await start(packages, []);
  return listFiles(pyodide.FS, sitePackages)
    .filter(([name]) => name.endsWith(".pyc"))
    .map(([name]) => [name, pyodide.FS.readFile(name)]);
}

/** Run `warm()` as a named task, and wait without running anything else in Python. */
async function use(pyodide: Pyodide, warm: Globals): Promise<void> {
  const finished = new Promise<void>((resolve) => warm.set("finished", () => resolve()));
  pyodide.runPython(
    `import asyncio
task = asyncio.get_event_loop().create_task(warm(), name="build")
task.add_done_callback(lambda task: finished())`,
    { globals: warm },
  );
  const timer = setTimeout(() => fail("The kernel did not finish its warm-up in two minutes."), 120_000);
  await finished;
  clearTimeout(timer);
  // Callbacks that are due, such as those of the last task.
  await new Promise((resume) => setTimeout(resume, 100));
  pyodide.runPython("task.result(); del task, finished; clean()", { globals: warm });
  const left = pyodide.runPython("', '.join(leftovers())", { globals: warm });
  if (left) fail(`Before the snapshot there are still ${left}`);
}

/** JavaScript objects that Python holds; restore.ts finds them again by these names. */
function serialize(publicApi: Record<string, unknown>): (object: unknown) => unknown {
  return (object) => {
    if (object === publicApi) return { api: true };
    for (const name of ["loadPackagesFromImports", "loadPackage", "loadedPackages"]) {
      if (object === publicApi[name]) return { api: name };
    }
    throw new Error(`Python holds a JavaScript object that a snapshot cannot keep: ${describe(object)}`);
  };
}

function takeSnapshot(): Uint8Array {
  try {
    return pyodide.makeMemorySnapshot({ serializer: serialize(pyodide._api.public_api) });
  } catch (error) {
    return fail(`Pyodide made no snapshot. ${(error as Error).message}`);
  }
}

const describe = (object: unknown): string =>
  `${object?.constructor?.name ?? typeof object} ${inspect(object, { depth: 0 })}`;

for (const file of [...RUNTIME.map((name) => runtime + name), lockFile]) {
  await access(file).catch(() =>
    fail(`${from} is not a JupyterLite build: it has no ${path.relative(lite, file)}.`),
  );
}
fixEnvironment();
const packages = await readPackages();
const compiled = await compileModules(packages);
const { pyodide, initial, warm, before, sitePackages } = await start(packages, compiled);
await use(pyodide, warm);
const { FS, _module: Module } = pyodide;

// Files that the kernel made for itself, such as IPython's profile.
const made = [...listFiles(FS, "/home"), ...listFiles(FS, "/tmp")].filter(([name]) => !before.has(name));
const folders = made.filter(([, isFolder]) => isFolder).map(([name]) => name);
const texts: [path: string, text: string][] = made
  .filter(([, isFolder]) => !isFolder)
  .map(([name]) => [name, FS.readFile(name, { encoding: "utf8" })]);
for (const { files } of packages) {
  const info = files.find(({ name }) => name.endsWith(".dist-info/METADATA"))?.name.split("/")[0];
  // What Pyodide's package manager writes; micropip reads it.
  texts.push([`${sitePackages}/${info}/INSTALLER`, "pyodide.loadPackage"]);
  texts.push([`${sitePackages}/${info}/PYODIDE_SOURCE`, "pyodide"]);
}

warm.destroy();
zeroFreeMemory(Module);
const snapshot = takeSnapshot();
const heapStart = new DataView(snapshot.buffer).getUint32(4, true);
const prefix = snapshot.subarray(0, heapStart);
const heap = snapshot.subarray(heapStart);

const staticEnd = initial.findLastIndex((byte) => byte !== 0) + 1;
const { runs, pages } = changedPages(heap, initial.subarray(0, staticEnd));
const [firstPage = 0, pageCount = 0] = runs.slice(-2);
const heapBytes = Math.max((firstPage + pageCount) * HEAP_PAGE, Module._sbrk(0));
const trampolineOffset = Module.HEAP32[Module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4] ?? 0;
const trampoline = Module.HEAP32[(Module.__PyRuntime + trampolineOffset) / 4];
const head: Head = {
  page: HEAP_PAGE,
  runs,
  staticHash: crypto.createHash("sha256").update(initial.subarray(0, staticEnd)).digest("hex"),
  tableLength: Module.wasmTable.length - (trampoline ? 1 : 0),
  sitePackages,
  stdlib: {
    path: `/lib/python${pyodide._api.pyVersionTuple.slice(0, 2).join("")}.zip`,
    size: (await readFile(runtime + "python_stdlib.zip")).length,
  },
  fileTime: FILE_TIME,
  packages: packages.map(({ name, sha256, size, files }) => ({
    name,
    sha256,
    size,
    files: files.map(({ name, data, start, stored, method }) => [name, data.length, start, stored, method]),
  })),
  folders,
  texts,
};
const headBytes = new TextEncoder().encode(JSON.stringify(head));
const lengths = new Uint32Array([headBytes.length, pages.length]);
const packed = zstdCompressSync(Buffer.concat([new Uint8Array(lengths.buffer), headBytes, pages]), {
  params: {
    [constants.ZSTD_c_compressionLevel]: Number(options.level),
    [constants.ZSTD_c_windowLog]: 23,
  },
});
const file = Buffer.concat([prefix, packed]);
const sha256 = crypto.createHash("sha256").update(file).digest("hex");
const name = `kernel-${sha256.slice(0, 16)}.snapshot`;

await mkdir(out, { recursive: true });
for (const old of await readdir(out)) {
  if (/^kernel-[0-9a-f]{16}\.snapshot$/.test(old)) await rm(path.join(out, old));
}
await writeFile(path.join(out, name), file);
const manifest: SnapshotInfo = {
  format: FORMAT,
  file: name,
  bytes: file.length,
  sha256,
  prefixBytes: prefix.length,
  unpackedBytes: lengths.byteLength + headBytes.length + pages.length,
  heapBytes,
  staticEnd,
};
await writeFile(path.join(out, "snapshot.json"), JSON.stringify(manifest, null, 1) + "\n");
console.log(
  `${name}: ${(file.length / 1e6).toFixed(2)} MB for ${(heapBytes / 1e6).toFixed(1)} MB of memory, ` +
    `${(pages.length / 1e6).toFixed(1)} MB of it changed`,
);
process.exit(0);
