import { loadPyodide, type PyodideAPI } from "pyodide";
import { beforeAll, expect, test } from "vitest";
import prelude from "../../page_python/overlap_page/kernel.py";

/** kernel.py in Pyodide itself, without IPython: the parts that need no kernel. */
let python: PyodideAPI;
beforeAll(async () => {
  python = await loadPyodide();
  python.runPython(prelude);
  python.runPython(`
import linecache

def run_as_cell(number, source):
    """Compile and run source as the kernel does; return what describe() says of its error."""
    name = f"cell {number}"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        exec(compile(source, name, "exec"), globals())
    except BaseException as error:
        return describe(error)

def transformed(source, **namespace):
    transformer = AwaitMain(namespace)
    tree = ast.fix_missing_locations(transformer.visit(ast.parse(source)))
    return ast.unparse(tree)
`);
}, 60_000);

function call<Result>(code: string, values: Record<string, unknown> = {}): Result {
  const namespace = python.toPy(values);
  for (const [name, value] of Object.entries(values)) python.globals.set(name, value);
  const result = python.runPython(code);
  namespace.destroy();
  return result?.toJs ? result.toJs({ dict_converter: Object.fromEntries }) : result;
}

test.each([
  ["import asyncio\nasyncio.run(main())", "await main()"],
  ["import asyncio\nx = asyncio.run(main(), debug=True)", "x = await main()"],
  ["import asyncio as aio\naio.run(main())", "await main()"],
  ["from asyncio import run\nrun(main())", "await main()"],
  ["import asyncio\nif __name__ == '__main__':\n    asyncio.run(main())", "await main()"],
  ["import asyncio\nprint(asyncio.run(f()) + asyncio.run(g()))", "print(await f() + await g())"],
  ["import asyncio\n[asyncio.run(f(i)) for i in x]", "[await f(i) for i in x]"],
])("at the top level asyncio.run becomes await: %j", (source, expected) => {
  expect(call("transformed(source)", { source })).toContain(expected);
  expect(call("runs_main(source, {})", { source })).toBe(true);
});

test.each([
  "import asyncio\ndef start():\n    asyncio.run(main())",
  "import asyncio\nasync def start():\n    asyncio.run(main())",
  "import asyncio\nclass A:\n    asyncio.run(main())",
  "import asyncio\nf = lambda: asyncio.run(main())",
  "import asyncio\ng = (asyncio.run(f(i)) for i in x)",
  "import asyncio\nasyncio.run(main(), loop_factory=Loop)",
  "import asyncio\nasyncio.run(*args)",
  "import subprocess\nsubprocess.run(main())",
  "run(main())",
])("elsewhere, or with another meaning, it is left alone: %j", (source) => {
  expect(call("transformed(source)", { source })).not.toContain("await");
  expect(call("runs_main(source, {})", { source })).toBe(false);
});

test("names imported by an earlier cell count", () => {
  const source = "aio.run(main())\nrun(other())";
  expect(call("transformed(source, aio=asyncio, run=asyncio.run)", { source })).toBe(
    "await main()\nawait other()",
  );
});

test("broken code is left for Python to complain about", () => {
  expect(call('runs_main("asyncio.run(", {})')).toBe(false);
});

const fresh = 'r = Run({"run": 1, "cell": 1})\n';

test("text is admitted up to a number of lines; the rest is counted", () => {
  const state = call(`${fresh}
shown = "".join(r.admit(part) for i in range(MAX_LINES + 500) for part in (f"line {i}", "\\n"))
[shown.count("\\n"), shown.endswith(f"line {MAX_LINES - 1}\\n"), r.full, r.left_out]`);
  expect(state).toEqual([10_000, true, true, 500]);
});

test("one write with too many lines is cut after the last that fits", () => {
  const state = call(`${fresh}
shown = r.admit("x\\n" * (MAX_LINES + 7))
[shown.count("\\n"), shown[-1], r.left_out]`);
  expect(state).toEqual([10_000, "\n", 7]);
});

test("exactly the limit is not over it", () => {
  expect(call(`${fresh}r.admit("x\\n" * MAX_LINES)\nr.full`)).toBe(false);
});

test("text is admitted up to a number of characters", () => {
  expect(call(`${fresh}[len(r.admit("x" * (MAX_CHARS + 1))), r.full, r.admit("y")]`)).toEqual([
    1_000_000,
    true,
    "",
  ]);
});

test("clearing output starts the count again", () => {
  expect(call(`${fresh}r.admit("x" * (MAX_CHARS + 1))\nr.clear()\nr.admit("again")`)).toBe("again");
});

test("an interrupt is raised in the reader's code and what that calls, and nowhere else", () => {
  const [inside, outside] = call<[Described, number]>(`
import signal, sys
heard = []
handle = on_interrupt(lambda: heard.append(1))
handle(signal.SIGINT, sys._getframe())
outside = len(heard)
def called():
    handle(signal.SIGINT, sys._getframe())
[run_as_cell(1, "called()"), outside]`);
  expect(inside.type).toBe("KeyboardInterrupt");
  expect(outside).toBe(0);
  expect(call("heard")).toEqual([1]);
});

test("an interrupt waits while the reader's code is inside the event loop's", () => {
  // It would be half of a call_soon: the loop keeps a callback and asks for no turn.
  expect(
    call(`
import signal, sys
heard = []
handle = on_interrupt(lambda: heard.append(1))
loop_module = {"__name__": LOOP, "handle": lambda: handle(signal.SIGINT, sys._getframe())}
exec("def call_soon():\\n    handle()", loop_module)
call_soon = loop_module["call_soon"]
[run_as_cell(1, "call_soon()"), len(heard)]`),
  ).toEqual([undefined, 0]);
});

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

test("of an endless message the beginning and the end are shown", () => {
  const error = call<Described>(`run_as_cell(1, "raise ValueError('a' + 9_000_000 * 'b' + 'c')")`);
  expect(error.text).toMatch(/ValueError: ab+\n… 8,9\d\d,\d{3} characters not shown …\nb+c\n$/);
  expect(error.text.length + error.message.length).toBeLessThan(300_000);
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

test("an exception whose text cannot be made is still described", () => {
  const error = call<Described>(`run_as_cell(5, """
class Bad(Exception):
    def __str__(self):
        raise ValueError
raise Bad
""")`);
  expect(error.type).toBe("Bad");
  expect(error.message).toBe("(its text cannot be made)");
});

test("the rest of a line that is cut is not a line more", () => {
  const state = call(`${fresh}
r.admit("y" * (MAX_CHARS * 2))
r.admit("\\n")
of_cut = r.left_out
r.admit("next\\n")
[of_cut, r.left_out]`);
  expect(state).toEqual([0, 1]);
});

test("hidden frames are listed with commas, and the page's own are not counted", () => {
  expect(call('[in_words(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])]')).toEqual([
    "a",
    "a and b",
    "a, b and c",
  ]);
  const error = call<Described>(`
__name__ = "overlap_page"
exec(compile("def pages(): json.loads('{')", "overlap_page.py", "exec"), globals())
run_as_cell(6, "pages()")`);
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
