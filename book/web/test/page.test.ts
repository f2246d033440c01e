// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { CellView } from "../src/page/cell";
import { fingerprint, followMovedCode, recallEdit, rememberEdit } from "../src/page/edits";
import { markLine } from "../src/page/mark";
import { TerminalLine } from "../src/page/output";
import { cellList, text } from "../src/page/text";

/** Code as Pygments writes it: spans never cross a line. */
function code(html: string) {
  const element = document.createElement("div");
  const input = document.createElement("div");
  input.innerHTML = `<div class="highlight"><pre>${html}</pre></div>`;
  element.append(input);
  return { element, input, pre: input.querySelector("pre") as HTMLElement };
}

const SOURCE =
  '<span></span><span class="k">def</span> f():\n' +
  '    <span class="sd">&quot;&quot;&quot;one</span>\n' +
  '<span class="sd">    two&quot;&quot;&quot;</span>\n\n\n' +
  "f()\n";

test.each([
  [1, "def f():\n"],
  [3, '    two"""'],
  [6, "f()\n"],
])("line %i is marked and nothing else", (line, expected) => {
  const cell = code(SOURCE);
  markLine(cell, line);
  expect(cell.pre.querySelector("mark.line-failed")?.textContent?.trimEnd()).toBe(expected.trimEnd());
  expect(cell.element.dataset.errorLine).toBe(String(line));
});

test("marking leaves the text as it is, and is undone", () => {
  const cell = code(SOURCE);
  const before = cell.pre.textContent;
  for (const line of [1, 3, 6, 99]) {
    markLine(cell, line);
    expect(cell.pre.textContent).toBe(before);
  }
  markLine(cell, null);
  expect(cell.pre.querySelector("mark")).toBeNull();
  expect(cell.element.dataset.errorLine).toBeUndefined();
  expect(cell.pre.textContent).toBe(before);
});

test.each([
  [["a\rb"], "b"],
  [["long text\rnew"], "newg text"],
  [["1 %\r2 %\r3 %\ndone"], "3 %\ndone"],
  [["windows\r\nline"], "windows\nline"],
  [["1 %\r", "2 %\r", "done"], "done"],
  [["wait |", "\b/", "\b-"], "wait -"],
  [["abc\b\bX"], "aXc"],
  [["\b\ba"], "a"],
  [["a\rb", "\nnext", "\b\b."], "b\nne.t"],
])("a carriage return and a backspace move back in their line, as in a terminal: %j", (written, shown) => {
  const line = new TerminalLine();
  const lines = [""];
  for (const content of written) lines.splice(-1, 1, ...line.write(content).split("\n"));
  expect(lines.join("\n")).toBe(shown);
});

test("cells are listed as a person would", () => {
  expect([[1], [1, 2], [1, 2, 5]].map(cellList)).toEqual(["cell 1", "cells 1 and 2", "cells 1, 2 and 5"]);
});

test.each([
  [[1], [], "Ran cell 1 first, which this cell needs."],
  [[1], ["photos"], "Ran cell 1 first, which defines photos."],
  [[1, 2], ["a", "b", "c", "d"], "Ran cells 1 and 2 first, which define a, b, c and d."],
  [[1, 2], ["a", "b", "c", "d", "e"], "Ran cells 1 and 2 first, which define a, b, c and 2 more names."],
])("the page says why cells ran first: %j %j", (cells, names, expected) => {
  expect(text.ranFirst(cells, names)).toBe(expected);
});

test("an error's title names where it was raised and, elsewhere, where it was called", () => {
  const error = { type: "ValueError", message: "", text: "", missing: null, tree: null, all: [] };
  const at = (cell: string, line: number) => ({ cell, line });
  expect(text.errorTitle({ ...error, frames: [at("3", 7)] })).toBe("ValueError in cell 3, line 7");
  expect(text.errorTitle({ ...error, frames: [at("3", 7), at("1", 2)] })).toBe(
    "ValueError in cell 1, line 2, called from cell 3, line 7",
  );
  expect(text.errorTitle({ ...error, frames: [] })).toBe("ValueError");
});

test("an edit knows whether the published code is still the same", () => {
  expect(fingerprint("print(1)\n")).toBe(fingerprint("print(1)\n"));
  expect(fingerprint("print(1)\n")).not.toBe(fingerprint("print(2)\n"));
});

/** Cells 1, 2, ... of a page, with the published code given. */
const page = (...published: string[]) =>
  published.map((code, index) => ({ number: index + 1, published: code, source: code }) as never as CellView);

/** Edit a page, publish another, and return what it offers for each cell. */
function offered(before: CellView[], edited: number[], after: CellView[]) {
  localStorage.clear();
  for (const number of edited) {
    const cell = before[number - 1]!;
    rememberEdit({ ...cell, source: `${cell.published} edited` } as never);
  }
  followMovedCode(after);
  return after.map((cell) => {
    const old = recallEdit(cell);
    return old && (old.stale ? `stale: ${old.source}` : old.source);
  });
}

test.each([
  ["nothing changed", ["a", "b"], [2], ["a", "b"], [null, "b edited"]],
  [
    "a cell inserted",
    ["a", "b", "c"],
    [1, 2, 3],
    ["new", "a", "b", "c"],
    [null, "a edited", "b edited", "c edited"],
  ],
  ["a cell removed", ["a", "b", "c"], [3], ["a", "c"], [null, "c edited"]],
  [
    "two cells joined, one moved up",
    ["a", "b", "c"],
    [1, 2, 3],
    ["ab", "c"],
    ["stale: a edited", "stale: b edited"],
  ],
  ["changed code", ["a", "b"], [1], ["a2", "b"], ["stale: a edited", null]],
  ["the same code twice", ["a", "a"], [2], ["a", "a"], [null, "a edited"]],
  ["code that was copied to another place", ["a", "b"], [2], ["b", "b"], [null, "b edited"]],
])("an edit follows its code to another number: %s", (_, before, edited, after, expected) => {
  expect(offered(page(...before), edited, page(...after))).toEqual(expected);
});

test("an edit that cannot follow is kept", () => {
  // Two cells changed places: each number is taken.
  expect(offered(page("a", "b"), [1, 2], page("b", "a"))).toEqual(["stale: a edited", "stale: b edited"]);
  // The cell is gone; the edit waits for its return.
  offered(page("a", "b"), [2], page("a"));
  followMovedCode(page("b", "a"));
  expect(recallEdit(page("b")[0]!)?.stale).toBe(false);
});

test("what was left out is counted in words", () => {
  expect([0, 1, 2, 990_000].map(text.leftOut)).toEqual([
    " More text was printed.",
    " One more line was printed.",
    " 2 more lines were printed.",
    " 990,000 more lines were printed.",
  ]);
});
