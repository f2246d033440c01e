/**
 * Restore a snapshot in Node, or start the kernel as usual, and run Python in it:
 *
 *   node restore.mjs LITE SNAPSHOTS < code.py
 *   node restore.mjs LITE stock     < code.py
 *
 * The code defines `async def main(kernel)`; what it returns is printed as JSON, together with
 * the files that Python read late. A restore that is refused prints {"refused": reason}.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { restoreKernel } from "../../../book/web/src/restore.ts";

const [lite, snapshots] = process.argv.slice(2);
const code = readFileSync(0, "utf8");
const runtime = path.join(lite, "static", "pyodide") + path.sep;
const lockFile = path.join(lite, "static", "pyodide-lock", "pyodide-lock.json");
const lock = JSON.parse(readFileSync(lockFile, "utf8"));
for (const entry of Object.values(lock.packages)) entry.depends = entry.depends.filter((name) => name !== "jedi");

// What the kernel prints is not ours to print.
console.log = console.warn = console.error = () => undefined;

const late = [];
// As in a browser, addresses; in Node, Pyodide wants paths.
const disk = (url) => readFileSync(fileURLToPath(url));
const stock = async () => {
  const { loadPyodide } = await import(pathToFileURL(runtime + "pyodide.mjs").href);
  const pyodide = await loadPyodide({
    indexURL: runtime,
    lockFileContents: lock,
    packageBaseUrl: path.dirname(lockFile) + path.sep,
    packages: ["pyodide-kernel", "overlap-trace"],
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
    read: async (url) => new Uint8Array(disk(url)),
    readSync: (url) => {
      const file = url.startsWith("file:") ? fileURLToPath(url) : url;
      late.push(path.basename(file));
      return new Uint8Array(readFileSync(file));
    },
  });
};

let answer;
try {
  const pyodide = await (snapshots === "stock" ? stock() : restored());
  const atStart = late.length;
  const globals = pyodide.toPy({ __name__: "asked" });
  pyodide.runPython(code, { globals });
  const text = await pyodide.runPythonAsync(
    "import json, pyodide_kernel\njson.dumps(await main(pyodide_kernel.kernel_instance))",
    { globals },
  );
  answer = { value: JSON.parse(text), atStart, late };
} catch (error) {
  answer = { refused: error.reason ?? "not a RestoreError", message: `${error.name}: ${error.message}` };
}
process.stdout.write(JSON.stringify(answer) + "\n", () => process.exit(0));
