/**
 * Make the memory snapshot that a page's kernel starts from:
 *
 *   node make-snapshot.mjs --lite LITE --out DIR
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
import { FORMAT } from "../src/worker/restore.ts";
import { changedPages, HEAP_PAGE, zeroFreeMemory } from "./heap.mjs";
import { readWheel } from "./wheel.mjs";

const RUNTIME = [
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide.asm.wasm",
  "python_stdlib.zip",
  "pyodide-lock.json",
];

/** Entries of the site-packages folder get this time; Python's path caches go by it. */
const FILE_TIME = Date.UTC(2026, 0, 1);

const { values: options } = parseArgs({
  options: {
    lite: { type: "string" },
    out: { type: "string" },
    packages: { type: "string", default: "pyodide-kernel,overlap-page" },
    omit: { type: "string", default: "jedi" },
    level: { type: "string", default: "19" },
  },
});
if (!options.lite || !options.out) {
  console.error("Say what from and where to: node make-snapshot.mjs --lite LITE --out DIR");
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

function fail(message) {
  console.error(`make-snapshot: ${message}`);
  process.exit(1);
}

const lite = path.resolve(options.lite);
const runtime = await findPyodide();
const lockFile = path.join(lite, "static", "pyodide-lock", "pyodide-lock.json");

/** The folder of Pyodide's core: JupyterLite's settings name it. */
async function findPyodide() {
  const file = path.join(lite, "jupyter-lite.json");
  const text = await readFile(file, "utf8").catch(() =>
    fail(`${lite} is not a JupyterLite build: no ${file}`),
  );
  const settings = JSON.parse(text);
  const { pyodideUrl } =
    settings["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
  return path.dirname(path.join(lite, pyodideUrl)) + path.sep;
}

/** The packages of the snapshot, dependencies first, with the files of their wheels. */
async function readPackages() {
  const lock = JSON.parse(await readFile(lockFile, "utf8"));
  const omit = new Set(options.omit.split(","));
  const names = [];
  const add = (name) => {
    const entry = lock.packages[name];
    if (!entry) fail(`The lock file has no package ${name}.`);
    for (const dependency of entry.depends) if (!omit.has(dependency)) add(dependency);
    if (!names.includes(name)) names.push(name);
  };
  options.packages.split(",").forEach(add);
  return Promise.all(
    names.map(async (name) => {
      const { file_name, sha256 } = lock.packages[name];
      const wheel = await readFile(path.resolve(path.dirname(lockFile), file_name));
      const found = crypto.createHash("sha256").update(wheel).digest("hex");
      if (found !== sha256) fail(`${file_name} does not have the hash that the lock file names.`);
      return { name, sha256, size: wheel.length, files: readWheel(wheel) };
    }),
  );
}

/** Time, randomness and the browser's names, the same in each build. */
function fixEnvironment() {
  let now = 0;
  performance.now = () => (now += 0.001);
  Date.now = () => FILE_TIME + Math.floor(performance.now());
  let seed = 1;
  const fill = (view) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      bytes[i] = seed >>> 24;
    }
    return view;
  };
  crypto.randomFillSync = fill;
  globalThis.crypto.getRandomValues = fill;
  Math.random = () => fill(new Uint32Array(1))[0] / 2 ** 32;
  // Else Python frees objects whenever JavaScript happens to collect its garbage.
  globalThis.FinalizationRegistry = class {
    register() {}
    unregister() {}
  };
  // `pyodide.http` imports this name; after the restore it is the browser's.
  globalThis.XMLHttpRequest ??= class XMLHttpRequest {};
}

async function start(packages, compiled) {
  const { loadPyodide } = await import(pathToFileURL(runtime + "pyodide.mjs").href);
  const { default: createModule } = await import(pathToFileURL(runtime + "pyodide.asm.mjs").href);
  const lock = JSON.parse(await readFile(runtime + "pyodide-lock.json", "utf8"));
  let initial;
  const pyodide = await loadPyodide({
    indexURL: runtime,
    lockFileContents: { ...lock, packages: {} },
    _makeSnapshot: true,
    // As in a browser.
    _sysExecutable: "./this.program",
    env: { LANG: "en_US.UTF-8" },
    createPyodideModule: (settings) =>
      createModule({
        ...settings,
        instantiateWasm: (imports, done) =>
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

function writeFileAt(FS, name, data) {
  FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
  FS.writeFile(name, data);
}

/** [path, is it a folder] of all that is below a folder, the folder included. */
function listFiles(FS, folder) {
  const found = [[folder, true]];
  for (const name of FS.readdir(folder).sort()) {
    if (name === "." || name === "..") continue;
    const full = `${folder}/${name}`;
    if (FS.isDir(FS.stat(full).mode)) found.push(...listFiles(FS, full));
    else found.push([full, false]);
  }
  return found;
}

async function compileModules(packages) {
  const { pyodide, sitePackages } = await start(packages, []);
  return listFiles(pyodide.FS, sitePackages)
    .filter(([name]) => name.endsWith(".pyc"))
    .map(([name]) => [name, pyodide.FS.readFile(name)]);
}

/** Run `warm()` as a named task, and wait without running anything else in Python. */
async function use(pyodide, warm) {
  const finished = new Promise((resolve) => warm.set("finished", () => resolve()));
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
function serialize(publicApi) {
  return (object) => {
    if (object === publicApi) return { api: true };
    for (const name of ["loadPackagesFromImports", "loadPackage", "loadedPackages"]) {
      if (object === publicApi[name]) return { api: name };
    }
    throw new Error(`Python holds a JavaScript object that a snapshot cannot keep: ${describe(object)}`);
  };
}

const describe = (object) => `${object?.constructor?.name ?? typeof object} ${inspect(object, { depth: 0 })}`;

for (const file of [...RUNTIME.map((name) => runtime + name), lockFile]) {
  await access(file).catch(() =>
    fail(`${options.lite} is not a JupyterLite build: it has no ${path.relative(lite, file)}.`),
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
const texts = made
  .filter(([, isFolder]) => !isFolder)
  .map(([name]) => [name, FS.readFile(name, { encoding: "utf8" })]);
for (const { files } of packages) {
  const info = files.find(({ name }) => name.endsWith(".dist-info/METADATA")).name.split("/")[0];
  // What Pyodide's package manager writes; micropip reads it.
  texts.push([`${sitePackages}/${info}/INSTALLER`, "pyodide.loadPackage"]);
  texts.push([`${sitePackages}/${info}/PYODIDE_SOURCE`, "pyodide"]);
}

warm.destroy();
zeroFreeMemory(Module);
let snapshot;
try {
  snapshot = pyodide.makeMemorySnapshot({ serializer: serialize(pyodide._api.public_api) });
} catch (error) {
  fail(`Pyodide made no snapshot. ${error.message}`);
}
const heapStart = new DataView(snapshot.buffer).getUint32(4, true);
const prefix = snapshot.subarray(0, heapStart);
const heap = snapshot.subarray(heapStart);

const staticEnd = initial.findLastIndex((byte) => byte !== 0) + 1;
const { runs, pages } = changedPages(heap, initial.subarray(0, staticEnd));
const heapPages = runs.at(-2) + runs.at(-1);
const heapBytes = Math.max(heapPages * HEAP_PAGE, Module._sbrk(0));
const trampoline =
  Module.HEAP32[(Module.__PyRuntime + Module.HEAP32[Module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4];
const head = {
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

await mkdir(options.out, { recursive: true });
for (const old of await readdir(options.out)) {
  if (/^kernel-[0-9a-f]{16}\.snapshot$/.test(old)) await rm(path.join(options.out, old));
}
await writeFile(path.join(options.out, name), file);
const manifest = {
  format: FORMAT,
  file: name,
  bytes: file.length,
  sha256,
  prefixBytes: prefix.length,
  unpackedBytes: lengths.byteLength + headBytes.length + pages.length,
  heapBytes,
  staticEnd,
};
await writeFile(path.join(options.out, "snapshot.json"), JSON.stringify(manifest, null, 1) + "\n");
console.log(
  `${name}: ${(file.length / 1e6).toFixed(2)} MB for ${(heapBytes / 1e6).toFixed(1)} MB of memory, ` +
    `${(pages.length / 1e6).toFixed(1)} MB of it changed`,
);
process.exit(0);
