/**
 * Starts Pyodide. This is the only module that knows how: a later version restores a memory
 * snapshot here and falls back to `boot`.
 */
import type { PyodideAPI } from "pyodide";
import { FileError, fetchJson, fileName } from "./fetching";
import type { KernelConfig } from "./protocol";

interface Lock {
  packages: Record<string, { depends: string[] }>;
}

/** Load Pyodide and the packages of `config`; every URL is on our own origin. */
export async function boot(config: KernelConfig, base: string): Promise<PyodideAPI> {
  const indexURL = new URL(config.pyodide, base).href;
  const lockURL = new URL(config.lock, base).href;
  // pyodide.mjs imports this one itself; asking early makes it parallel and gives it a name.
  const early = importFile(indexURL + "pyodide.asm.mjs");
  const lock = fetchLock(lockURL, config.omit);
  const { loadPyodide } = (await importFile(indexURL + "pyodide.mjs")) as typeof import("pyodide");
  await early;
  return loadPyodide({
    indexURL,
    lockFileContents: (await lock) as never,
    packageBaseUrl: lockURL.slice(0, lockURL.lastIndexOf("/") + 1),
    packages: config.preload,
  });
}

async function fetchLock(url: string, omit: string[]): Promise<Lock> {
  const lock = (await fetchJson(url)) as Lock;
  for (const entry of Object.values(lock.packages)) {
    entry.depends = entry.depends.filter((name) => !omit.includes(name));
  }
  return lock;
}

async function importFile(url: string): Promise<unknown> {
  try {
    return await import(url);
  } catch (error) {
    // A failed import does not say why; only broken code is told apart.
    const why = error instanceof SyntaxError ? "it is not valid JavaScript" : undefined;
    throw new FileError(fileName(url), why);
  }
}
