/**
 * Restore a snapshot in Node, or start the kernel as usual, and run Python in it:
 *
 *   node restore.mts LITE SNAPSHOTS [LOCK] < code.py
 *   node restore.mts LITE stock            < code.py
 *
 * With NO_JSPI in the environment, as in a browser that has no stack switching.
 *
 * With MOUNT in the environment, Python finds that folder as /mounted.
 *
 * The code defines `async def main(kernel)`; what it returns is printed as JSON, together with
 * the files that Python read late. A restore that is refused prints {"refused": reason}.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { KernelConfig } from "../../../book/web/src/shared/protocol.ts";
import { RestoreError, restoreKernel } from "../../../book/web/src/worker/restore.ts";

if (process.env.NO_JSPI) {
  Reflect.deleteProperty(WebAssembly, "Suspending");
  Reflect.deleteProperty(WebAssembly, "promising");
}
const [lite = "", snapshots = "", otherLock] = process.argv.slice(2);
const code = readFileSync(0, "utf8");
const settings = JSON.parse(readFileSync(path.join(lite, "jupyter-lite.json"), "utf8"));
const { pyodideUrl } =
  settings["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
const runtime = path.dirname(path.join(lite, pyodideUrl)) + path.sep;
const lockFile = path.join(lite, "static", "pyodide-lock", "pyodide-lock.json");
const lock = JSON.parse(readFileSync(otherLock ?? lockFile, "utf8")) as KernelConfig["lock"];
for (const entry of Object.values(lock.packages))
  entry.depends = entry.depends.filter((name) => name !== "jedi");

// What the kernel prints is not ours to print.
console.log = console.warn = console.error = () => undefined;

const late: string[] = [];
// Our own files have addresses, as in a browser; Pyodide in Node wants paths for its own.
const fromDisk = (url: string): Uint8Array =>
  new Uint8Array(readFileSync(url.startsWith("file:") ? fileURLToPath(url) : url));
const stock = async () => {
  const { loadPyodide } = await import(pathToFileURL(runtime + "pyodide.mjs").href);
  const pyodide = await loadPyodide({
    indexURL: runtime,
    lockFileContents: lock,
    packageBaseUrl: path.dirname(lockFile) + path.sep,
    packages: ["pyodide-kernel", "overlap-page"],
  });
  pyodide.runPython("import pyodide_kernel");
  return pyodide;
};
const restored = () => {
  const info = JSON.parse(readFileSync(path.join(snapshots, "snapshot.json"), "utf8"));
  return restoreKernel({
    info,
    snapshotURL: pathToFileURL(path.join(snapshots, info.file)).href,
    indexURL: runtime,
    lockURL: pathToFileURL(lockFile).href,
    lock,
    runtime: import(pathToFileURL(runtime + "pyodide.mjs").href),
    engine: import(pathToFileURL(runtime + "pyodide.asm.mjs").href),
    placeholderURL: path.join(snapshots, "snapshot.json"),
    read: async (url) => fromDisk(url),
    readSync: (url) => {
      late.push(path.basename(url));
      return fromDisk(url);
    },
  });
};

let answer: object;
try {
  const pyodide = await (snapshots === "stock" ? stock() : restored());
  if (process.env.MOUNT) pyodide.mountNodeFS("/mounted", process.env.MOUNT);
  const atStart = late.length;
  const globals = pyodide.toPy({ __name__: "asked" });
  pyodide.runPython(code, { globals });
  const text = await pyodide.runPythonAsync(
    "import json, pyodide_kernel\njson.dumps(await main(pyodide_kernel.kernel_instance))",
    { globals },
  );
  answer = { value: JSON.parse(text), atStart, late };
} catch (error) {
  const { name, message } = error as Error;
  const refused = error instanceof RestoreError ? error.reason : "not a RestoreError";
  answer = { refused, message: `${name}: ${message}` };
}
process.stdout.write(JSON.stringify(answer) + "\n", () => process.exit(0));
