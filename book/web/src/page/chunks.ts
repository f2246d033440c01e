/** Loads the chunks of the runner, which come when they are wanted; knows when the page is out of date. */
import { attributeOf, having } from "../shared/attributes";

/** The reader's way on when the site has changed. */
export const UPDATED =
  "The guide was updated after you opened this page. Reload the page to go on with the new version; your edits are kept.";
export const RELOAD = { label: "Reload", act: (): void => location.reload() };

/** A file of the runner did not arrive. */
class ChunkError extends Error {
  constructor(
    readonly file: string,
    why: string,
  ) {
    super(`${file} could not be loaded (${why})`);
    this.name = "ChunkError";
  }
}

const DYNAMIC = /\bimport\("([^"]+)"\)/;
const STATIC = /\b(?:from|import)"(\.\.?\/[\w/-]+\.js)"/g;
const arrived = new Map<string, Promise<void>>();

/**
 * Import the chunk that `named` names, such as `() => import("./editor")`, from a module at `base`.
 *
 * A browser may remember that an import failed, and then never asks for that file again, nor for
 * one that it imports in turn. So each file is fetched first, and imported when it is there.
 * Which files these are, only the bundled code says: their names have hashes.
 */
export async function loadChunk<T>(named: () => Promise<T>, base: string): Promise<T> {
  const file = DYNAMIC.exec(String(named))?.[1];
  if (file) await arrive(new URL(file, base).href);
  return named();
}

function arrive(url: string): Promise<void> {
  let arriving = arrived.get(url);
  if (!arriving) {
    arriving = fetchWithImports(url);
    arrived.set(url, arriving);
    arriving.catch(() => arrived.delete(url));
  }
  return arriving;
}

async function fetchWithImports(url: string): Promise<void> {
  const file = url.slice(url.lastIndexOf("/") + 1);
  const response = await fetch(url).catch(() => {
    throw new ChunkError(file, "no answer from the server");
  });
  if (!response.ok) throw new ChunkError(file, `HTTP ${response.status}`);
  const source = await response.text().catch(() => {
    throw new ChunkError(file, "the connection broke off");
  });
  await Promise.all([...source.matchAll(STATIC)].map(([, other]) => arrive(new URL(other!, url).href)));
}

/** Milliseconds to wait for the page's present version, when something has failed already. */
const PATIENCE = 5000;

/** Return whether the site has another version of this page by now. */
export async function pageIsOld(): Promise<boolean> {
  try {
    const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) return false;
    const present = new DOMParser().parseFromString(await response.text(), "text/html");
    return versions(present) !== versions(document);
  } catch {
    return false; // no network, no news
  }
}

/** Return what a page says of the runner's files and Python's. */
function versions(page: Document): string {
  const saying = page.querySelectorAll(`${having("kernel_version")}, script[src*="/overlap/"]`);
  return [...saying]
    .map((element) => attributeOf(element, "kernel_version") ?? element.getAttribute("src"))
    .join();
}

/** For modules loaded later: importing these would split the entry into two requests. */
export const chunks = { loadChunk, pageIsOld, RELOAD, UPDATED };
