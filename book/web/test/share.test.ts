// @vitest-environment node
import { beforeEach, expect, test, vi } from "vitest";
import type { CellView } from "../src/page/cell";
import { fingerprint } from "../src/page/edits";
import * as share from "../src/page/share";

const cell = (source: string, published = "print(1)\n") => ({ number: 3, source, published }) as CellView;
const linkTo = (of: CellView) => share.linkTo(of, fingerprint(of.published));
const readLink = (hash: string, of: CellView) => share.readLink(hash, fingerprint(of.published));
const hashOf = (link: string | null) => new URL(link ?? "").hash;

beforeEach(() => {
  vi.stubGlobal("location", { href: "https://site.example/overlap/async.html#here" });
});

test.each(["print('edited')\n", "# naïve ✓ 🦉\n", "", "x = 1\n".repeat(5000)])(
  "a link carries the code exactly",
  async (source) => {
    const link = await linkTo(cell(source));
    expect(link).toMatch(/^https:\/\/site\.example\/overlap\/async\.html#cell-3=[\w.-]+$/);
    expect(await readLink(hashOf(link), cell("print(1)\n"))).toEqual({ source, stale: false });
  },
);

test("a link knows that the published code has changed since", async () => {
  const link = await linkTo(cell("mine"));
  expect(await readLink(hashOf(link), cell("", "print(2)\n"))).toEqual({ source: "mine", stale: true });
});

test("code that is too long makes no link", async () => {
  expect(await linkTo(cell("x".repeat(50_001)))).toBeNull();
});

test("a link that was cut off, or is something else, is refused", async () => {
  const hash = hashOf(await linkTo(cell("print('hello, world')\n".repeat(3) + "abcdefg")));
  for (const broken of [
    "#cell-3=",
    "#cell-3=abc",
    "#cell-3=12.%00",
    "#cell-3=12.!!!!",
    "#cell-3=12.AAAA",
    hash.slice(0, -9),
  ]) {
    await expect(readLink(broken, cell("")), broken).rejects.toThrow();
  }
});

test("a small link that unpacks to a lot is refused before it fills the memory", async () => {
  const stream = new Blob(["x".repeat(5_000_000)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bomb = Buffer.from(await new Response(stream).arrayBuffer()).toString("base64url");
  expect(bomb.length).toBeLessThan(10_000);
  await expect(readLink(`#cell-3=12.${bomb}`, cell(""))).rejects.toThrow("too long");
});

test("bytes that are no text are refused", async () => {
  const stream = new Blob([new Uint8Array([0xff, 0xfe])])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = Buffer.from(await new Response(stream).arrayBuffer()).toString("base64url");
  await expect(readLink(`#cell-3=12.${bytes}`, cell(""))).rejects.toThrow();
});
