/**
 * Starts Python: from the memory snapshot where there is one, else from Pyodide's files and
 * the kernel's wheels. This is the only module that knows how.
 */
import type { PyodideAPI } from "pyodide";
import { FileError, fetchJson, fileName } from "./fetching";
import prelude from "./prelude.py";
import type { KernelConfig } from "./protocol";
import { RestoreError, restoreKernel } from "./restore";

interface Lock {
  packages: Record<string, { depends: string[]; file_name: string; sha256: string }>;
}

/** prelude.py under the name it has in Python, in a snapshot and without one. */
const PAGE_MODULE = "overlap_page";

export interface Boot {
  pyodide: PyodideAPI;
  /** The module `overlap_page`, imported. */
  page: { install: (...options: unknown[]) => unknown };
}

/**
 * Load Pyodide with the kernel's packages; every URL is relative to `base`, on our own origin.
 *
 * `withoutSnapshot` is called, with the reason, when there is a snapshot and it is no use:
 * then the usual start follows.
 */
export async function boot(
  config: KernelConfig,
  base: string,
  withoutSnapshot: (why: string) => void,
): Promise<Boot> {
  const indexURL = new URL(config.pyodide, base).href;
  const lockURL = new URL(config.lock, base).href;
  // pyodide.mjs imports this one itself; asking early makes it parallel and gives it a name.
  const engine = importFile(indexURL + "pyodide.asm.mjs");
  const runtime = importFile(indexURL + "pyodide.mjs");
  const lock = fetchLock(lockURL, config.omit);
  for (const early of [engine, runtime, lock]) early.catch(() => undefined); // awaited below
  if (config.snapshot) {
    try {
      const pyodide = await restoreKernel({
        info: config.snapshot,
        snapshotURL: new URL(config.snapshot.file, base).href,
        indexURL,
        lockURL,
        lock,
        runtime: runtime as Promise<{ loadPyodide: unknown }>,
        engine: engine as Promise<{ default: unknown }>,
        placeholderURL: base, // kernel.json: it is here already
        modules: { [PAGE_MODULE]: prelude },
      });
      return { pyodide, page: pyodide.pyimport(PAGE_MODULE) };
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      withoutSnapshot(error.message);
    }
  }
  const { loadPyodide } = (await runtime) as typeof import("pyodide");
  await engine;
  const pyodide = await loadPyodide({
    indexURL,
    lockFileContents: (await lock) as never,
    packageBaseUrl: lockURL.slice(0, lockURL.lastIndexOf("/") + 1),
    packages: config.preload,
  });
  const { sitePackages } = (pyodide as unknown as { _api: { sitePackages: string } })._api;
  pyodide.FS.writeFile(`${sitePackages}/${PAGE_MODULE}.py`, prelude);
  pyodide.runPython("import importlib; importlib.invalidate_caches(); del importlib; import pyodide_kernel");
  return { pyodide, page: pyodide.pyimport(PAGE_MODULE) };
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
