// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const BASE = "https://site.test/_static/overlap/chunks/session-A.js";
let files: Record<string, string | number>;
let asked: string[];
let chunks: typeof import("../src/page/chunks");

beforeEach(async () => {
  asked = [];
  vi.stubGlobal("fetch", async (input: string) => {
    const name = input.slice(input.lastIndexOf("/") + 1);
    asked.push(name);
    const file = files[name];
    if (file === undefined) throw new TypeError("Failed to fetch");
    return typeof file === "number" ? new Response("", { status: file }) : new Response(file);
  });
  vi.resetModules();
  chunks = await import("../src/page/chunks");
});
afterEach(() => vi.unstubAllGlobals());

/** What esbuild makes of `() => import("./editor")`, as far as its text goes. */
function bundled<T>(file: string, module: T): () => Promise<T> {
  const chunk = vi.fn(async () => module);
  chunk.toString = () => `()=>import("./${file}")`;
  return chunk;
}

const EDITOR = 'import{a}from"./chunk-B.js";import"./chunk-C.js";const x="import";export{x as y};';

test("a chunk is imported when it and all that it imports are there", async () => {
  files = { "editor-E.js": EDITOR, "chunk-B.js": 'import{c}from"./chunk-C.js";', "chunk-C.js": "" };
  expect(await chunks.loadChunk(bundled("editor-E.js", "the editor"), BASE)).toBe("the editor");
  expect(asked.sort()).toEqual(["chunk-B.js", "chunk-C.js", "editor-E.js"]);
});

test.each(["editor-E.js", "chunk-B.js"])(
  "without %s nothing is imported, and it is asked for again",
  async (lost) => {
    const all: typeof files = { "editor-E.js": EDITOR, "chunk-B.js": "", "chunk-C.js": "" };
    files = { ...all };
    delete files[lost];
    const chunk = bundled("editor-E.js", "the editor");
    await expect(chunks.loadChunk(chunk, BASE)).rejects.toThrow(
      `${lost} could not be loaded (no answer from the server)`,
    );
    expect(chunk).not.toHaveBeenCalled();
    files = all;
    expect(await chunks.loadChunk(chunk, BASE)).toBe("the editor");
  },
);

test("a file that is gone is named with its status", async () => {
  files = { "editor-E.js": 404 };
  await expect(chunks.loadChunk(bundled("editor-E.js", 0), BASE)).rejects.toThrow(
    "editor-E.js could not be loaded (HTTP 404)",
  );
});

const page = (version: string, script: string): string =>
  `<body><div data-kernel-version="${version}"></div><script src="_static/overlap/runner.js?v=${script}"></script></body>`;

test.each([
  [page("1", "a"), false],
  [page("2", "a"), true],
  [page("1", "b"), true],
  [404, false],
])("a page knows whether the site has another one (%#)", async (present, old) => {
  document.body.innerHTML = page("1", "a");
  const name = location.href.slice(location.href.lastIndexOf("/") + 1);
  files = { [name]: present };
  expect(await chunks.pageIsOld()).toBe(old);
});
