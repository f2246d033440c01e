import path from "node:path";
import { loadPyodide, type PyodideAPI } from "pyodide";
import { beforeAll, expect, test } from "vitest";

/** errors.py in the reader's Python, whose tracebacks are those of CPython 3.14. The rest is tested in CPython. */
let python: PyodideAPI;
beforeAll(async () => {
  python = await loadPyodide();
  python.mountNodeFS("/book", path.resolve(import.meta.dirname, "../.."));
  python.runPython(`
import json, linecache, sys

sys.path[:0] = ["/book/page_python", "/book/contract"]
from overlap_page.errors import describe

def run_as_cell(number, source):
    """Compile and run source as the kernel does; return what describe() says of its error."""
    name = f"cell {number}"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        exec(compile(source, name, "exec"), globals())
    except BaseException as error:
        return describe(error)
`);
}, 60_000);

function call<Result>(code: string, values: Record<string, unknown> = {}): Result {
  const namespace = python.toPy(values);
  for (const [name, value] of Object.entries(values)) python.globals.set(name, value);
  const result = python.runPython(code);
  namespace.destroy();
  return result?.toJs ? result.toJs({ dict_converter: Object.fromEntries }) : result;
}

interface Described {
  type: string;
  message: string;
  text: string;
  frames: { cell: string; line: number }[];
}

test("a traceback names cells and lines and leaves out what is not the reader's", () => {
  const error = call<Described>(`
run_as_cell(1, "import json\\ndef load(x):\\n    return json.loads(x)\\n")
run_as_cell(3, "a = 1\\nload('{')\\n")`);
  expect(error.type).toBe("JSONDecodeError");
  expect(error.frames).toEqual([
    { cell: "3", line: 2 },
    { cell: "1", line: 3 },
  ]);
  expect(error.text).toBe(
    "Traceback (most recent call last):\n" +
      '  File "cell 3", line 2, in <module>\n' +
      "    load('{')\n" +
      "    ~~~~^^^^^\n" +
      '  File "cell 1", line 3, in load\n' +
      "    return json.loads(x)\n" +
      "           ~~~~~~~~~~^^^\n" +
      "  … 3 frames inside json not shown\n" +
      "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: " +
      "line 1 column 2 (char 1)\n",
  );
});

test("a deep recursion is folded, as Python does it", () => {
  const error = call<Described>(`
run_as_cell(1, "def deeper(n):\\n    return deeper(n + 1)\\n")
run_as_cell(2, "deeper(0)\\n")`);
  expect(error.type).toBe("RecursionError");
  expect(error.text).toMatch(/\[Previous line repeated \d+ more times\]/);
  expect(error.text.split("\n").length).toBeLessThan(20);
});

test("causes and groups are cut too", () => {
  const cause = call<Described>(`run_as_cell(2, """
import json
try:
    json.loads("{")
except ValueError as error:
    raise RuntimeError("second") from error
""")`);
  expect(cause.text).toContain("… 3 frames inside json not shown");
  expect(cause.text).toContain("direct cause");
  const group = call<Described>(`run_as_cell(2, """
errors = []
for text in ("{", "["):
    try:
        json.loads(text)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup("several", errors)
""")`);
  expect(group.text.match(/frames? inside json not shown/g)).toHaveLength(2);
  expect(group.text).not.toContain("decoder.py");
});

test("a syntax error has a place", () => {
  const error = call<Described>('run_as_cell(4, "x = 1\\nprint(\\n")');
  expect(error.type).toBe("SyntaxError");
  expect(error.frames.at(-1)).toEqual({ cell: "4", line: 2 });
  expect(error.text).toContain("'(' was never closed");
});

test.each(["kernel", "event_loop", "streams"])("frames of the page's own are not counted: %s", (module) => {
  const error = call<Described>(
    `
folder = "/lib/python3.14/site-packages/overlap_page"
exec(compile("def pages(): json.loads('{')", f"{folder}/{module}.py", "exec"), globals())
run_as_cell(6, "pages()")`,
    { module },
  );
  expect(error.text).toContain("… 3 frames inside json not shown");
  expect(error.text).not.toContain("overlap_page");
});

test.each([
  ["import numpy", "numpy"],
  ["import matplotlib.pyplot", "matplotlib"],
  ["import json.nothing", null],
  ["import tkinter", null], // the standard library has it; Pyodide says why it does not
  ["1 / 0", null],
])("a module that is not here is named: %j", (source, missing) => {
  expect(call<{ missing: string | null }>("run_as_cell(7, source)", { source }).missing ?? null).toBe(
    missing,
  );
});
