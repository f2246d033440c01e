/**
 * Makes and reads a link that carries the code of a cell: `#cell-3=<fingerprint>.<code>`, the code deflated and
 * in base64url. The fingerprint is of the published code that it was made from. Whoever makes
 * a link decides what is in it: nothing of it is trusted, and it is never run by itself.
 */
import type { CellView } from "./cell";

/** Longer code (in characters) makes no link, and a longer link is not read. */
const LONGEST = 50_000;

export interface Shared {
  source: string;
  /** The published code has changed since the link was made. */
  stale: boolean;
}

/**
 * Return the address of this page with the code of `cell`; null if it is too long for a link.
 * `published` is the fingerprint of its published code.
 */
export async function linkTo(
  cell: Pick<CellView, "number" | "source">,
  published: string,
): Promise<string | null> {
  if (cell.source.length > LONGEST) return null;
  const code = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(cell.source));
  const page = location.href.split("#", 1)[0];
  return `${page}#cell-${cell.number}=${published}.${toBase64Url(code)}`;
}

/**
 * Return what a link brings for a cell whose published code has the fingerprint `published`.
 * Rejects when the link was cut off, or is something else.
 */
export async function readLink(hash: string, published: string): Promise<Shared> {
  const found = /^#cell-\d+=([0-9a-f]{1,8})\.([\w-]+)$/.exec(hash);
  if (!found?.[1] || !found[2] || hash.length > 2 * LONGEST) throw new Error("not a link with code");
  const bytes = await through(new DecompressionStream("deflate-raw"), fromBase64Url(found[2]));
  const source = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return { source, stale: found[1] !== published };
}

/** Return what comes out of a stream; at most as much as the longest code has bytes. */
async function through(stream: GenericTransformStream, bytes: Uint8Array): Promise<Uint8Array> {
  const writer = (stream.writable as WritableStream<Uint8Array>).getWriter();
  writer.write(bytes).catch(() => undefined); // the reader below meets the same error
  writer.close().catch(() => undefined);
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  const all: number[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Uint8Array.from(all);
    if (all.length + value.length > 4 * LONGEST) {
      void reader.cancel();
      throw new Error("too long");
    }
    for (const byte of value) all.push(byte);
  }
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
