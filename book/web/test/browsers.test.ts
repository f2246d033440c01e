/// <reference types="node" />
import { expect, test } from "vitest";
import { type Finding, lintCode, lintStyles } from "../lint-browsers.ts";

/** What the lint says, by line. */
const said = (findings: Finding[]): string[] => findings.map(({ line, message }) => `${line}: ${message}`);

test.each([
  ["a { anchor-name: --x; }", "anchor-name"],
  ["a { text-wrap: pretty; }", "text-wrap: pretty"],
  ["a { width: calc-size(auto, size); }", "calc-size()"],
  ["a { color: rgb(from red r g b); }", "a relative color"],
  ["@starting-style { a { color: red; } }", "@starting-style"],
  ["a::details-content { color: red; }", "::details-content"],
  [":root { --x: contrast-color(red); }", "contrast-color()"],
])("CSS that the oldest browsers lack: %s", (css, name) => {
  expect(said(lintStyles(css))).toEqual([expect.stringContaining(`1: ${name} is not in `)]);
});

test.each([
  "a { color: light-dark(red, blue); text-wrap: balance; }",
  "a:has(b) { color: color-mix(in srgb, red, blue); }",
  "@media (scripting: enabled) { a:popover-open { height: 100dvh; } }",
  "a { text-wrap: balance; text-wrap: pretty; }",
  "@supports (anchor-name: --x) { a { anchor-name: --x; } }",
  "/* newer: it stands elsewhere */\na { anchor-name: --x; }",
  "a {\n  /* newer: it stands elsewhere */\n  anchor-name: --x;\n}",
  "a { anchor-name: --x; /* newer: it stands elsewhere */ }",
])("CSS that they have, or that has a fallback: %s", (css) => {
  expect(lintStyles(css)).toEqual([]);
});

test("a variable has no fallback in a declaration before it", () => {
  expect(lintStyles("a { --x: red; --x: contrast-color(red); }")).toHaveLength(1);
});

test("a comment that explains nothing is reported", () => {
  expect(said(lintStyles("/* newer: once it was */\na { color: red; }"))).toEqual([
    "1: nothing here is newer than the oldest browsers",
  ]);
});

test("a method is found on what has it, by type, and so are functions and constructors", () => {
  const [found = []] = lintCode((file) => file.endsWith("/test/newer-code.ts")).values();
  expect(said(found).map((line) => line.split(" is not in ")[0])).toEqual([
    "2: Highlight",
    "3: moveBefore",
    "4: setHTMLUnsafe",
    "5: positionAnchor",
    "11: requestIdleCallback",
    "11: highlights",
    "12: Highlight",
    "9: nothing here is newer than the oldest browsers",
  ]);
  expect(found[1]?.message).toMatch(/chrome 123 \(since \d+\)/);
});
