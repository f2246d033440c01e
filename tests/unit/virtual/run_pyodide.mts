// Prints report() of programs.py as JSON, made by Pyodide. Arguments: the folder of the
// npm package pyodide, the root of the repository, and "jspi" or "plain".
import { pathToFileURL } from "node:url";

const [folder, root, mode] = process.argv.slice(2);
if (mode === "plain") {
  Reflect.deleteProperty(WebAssembly, "Suspending");
  Reflect.deleteProperty(WebAssembly, "promising");
}
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: folder });
pyodide.mountNodeFS("/repo", root);
const said = await pyodide.runPythonAsync(`
import json, sys
sys.path[:0] = ["/repo/book/contract", "/repo/book/trace", "/repo"]
from tests.unit.virtual.programs import report
json.dumps(await report())
`);
console.log(JSON.stringify({ switching: "Suspending" in WebAssembly, said: JSON.parse(said) }));
