/**
 * Starts Python: from the memory snapshot where there is one, else from Pyodide's files and
 * the kernel's wheels. This is the only module that knows how.
 */
import type { PyodideAPI } from "pyodide";
import type { KernelConfig } from "../shared/protocol";
import { FileError, fileName } from "./fetching";
import type { PagePython } from "./python";
import { fetchBytesSync, RestoreError, restoreKernel } from "./restore";
import type { Store } from "./store";

export interface Boot {
  pyodide: PyodideAPI;
  python: PagePython;
}

/**
 * Load Pyodide with the kernel's packages; every URL is relative to `base`, on our own origin.
 * `store` has been answering `fetch`; here it learns which files there are.
 *
 * `withoutSnapshot` is called, with the reason, when there is a snapshot and it is no use:
 * then the usual start follows.
 */
export async function boot(
  config: KernelConfig,
  base: string,
  store: Store,
  withoutSnapshot: (why: string) => void,
): Promise<Boot> {
  const { lock, snapshot } = config;
  const indexURL = new URL(config.pyodide, base).href;
  const snapshotURL = new URL(snapshot?.file ?? "", base).href;
  const late = Object.values(lock.packages).map(
    ({ file_name, sha256 }) => [new URL(file_name, base).href, sha256] as const,
  );
  for (const [name, sha256] of Object.entries(config.sha256)) {
    if (name.endsWith(".zip")) late.push([indexURL + name, sha256]);
    else store.want(indexURL + name, sha256);
  }
  if (snapshot) store.want(snapshotURL, snapshot.sha256);
  const allowed = store.allow(late);
  // Early, so that all come at the same time.
  const engine = importFile(indexURL + "pyodide.asm.mjs") as Promise<{ default: unknown }>;
  const runtime = importFile(indexURL + "pyodide.mjs") as Promise<{ loadPyodide: unknown }>;
  for (const early of [engine, runtime]) early.catch(() => undefined); // awaited below
  if (snapshot) {
    try {
      const pyodide = await restoreKernel({
        info: snapshot,
        snapshotURL,
        indexURL,
        lockURL: base,
        lock,
        runtime,
        engine,
        placeholderURL: base, // the list of files: it is here already
        readSync: (url) => store.requestSync(url, fetchBytesSync),
      });
      await allowed;
      return { pyodide, python: pyodide.pyimport("overlap_page.kernel") };
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      withoutSnapshot(error.message);
    }
  }
  const { loadPyodide } = (await runtime) as typeof import("pyodide");
  const { default: createPyodideModule } = await engine;
  await allowed;
  const pyodide = await loadPyodide({
    indexURL,
    lockFileContents: lock as never,
    packageBaseUrl: new URL("./", base).href,
    packages: config.preload,
    createPyodideModule: createPyodideModule as never,
  });
  pyodide.runPython("import pyodide_kernel");
  return { pyodide, python: pyodide.pyimport("overlap_page.kernel") };
}

/**
 * Import one of Pyodide's modules from its text, which `fetch` gives: an import by address would
 * pass over the store. The address is tried where a page's policy forbids that.
 */
async function importFile(url: string): Promise<unknown> {
  const source = await (await fetch(url)).arrayBuffer();
  const blob = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const file = fileName(url);
  try {
    return await import(blob).catch((error: unknown) => {
      if (error instanceof SyntaxError) throw new FileError(file, "it is not valid JavaScript");
      return import(url);
    });
  } catch (error) {
    throw error instanceof FileError ? error : new FileError(file);
  } finally {
    URL.revokeObjectURL(blob);
  }
}
