/**
 * Bundle the in-page runner: node build.ts OUTDIR
 *
 * Entries keep their names (site.js, search.js, runner.js, checkpoint.js, chooser.js, runner.css); what they load on demand
 * is in chunks/ with a hash in the name, and so is the kernel's worker. packages.json, beside OUTDIR, lists
 * the npm packages of which code got into a bundle: their licenses are shipped, too.
 */
import { createHash } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { MINIMUM_BROWSERS, TARGET } from "./minimum.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({
  options: { outdir: { type: "string" } },
  allowPositionals: true,
});
const outdir = values.outdir ?? positionals[0];
if (!outdir) {
  console.error("Say where to: node build.ts OUTDIR");
  process.exit(2);
}

const common: esbuild.BuildOptions = {
  bundle: true,
  format: "esm",
  target: TARGET,
  define: { MINIMUM_BROWSERS: JSON.stringify(MINIMUM_BROWSERS) },
  minify: true,
  outdir,
  legalComments: "none",
  logLevel: "warning",
};

/** JupyterLite's kernel can mount a drive and evaluates a string to import; a page needs neither. */
const leaveOut: esbuild.Plugin = {
  name: "leave-out",
  setup({ onResolve }) {
    onResolve({ filter: /contents\/drivefs$/ }, () => ({ path: here("src/worker/left-out.ts") }));
    onResolve({ filter: /^\.\/loader$/ }, ({ importer }) =>
      importer.includes("pyodide-kernel") ? { path: here("src/worker/left-out.ts") } : undefined,
    );
  },
};

const packages = new Set<string>();

/** Bundle, and remember whose code it took. */
async function build(options: esbuild.BuildOptions): Promise<void> {
  const { metafile } = await esbuild.build({ ...common, ...options, metafile: true });
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file);
      if (folder && bytesInOutput > 0) packages.add(folder[0].slice(folder[0].indexOf("node_modules/") + 13));
    }
  }
}

/** An entry of `src`; test/realms.test.ts knows them all. */
const entry = (file: string): string => here(`src/${file}`);

await rm(outdir, { recursive: true, force: true });
await build({ entryPoints: [entry("worker/worker.ts")], plugins: [leaveOut] });
const hash = createHash("sha256")
  .update(await readFile(outdir + "/worker.js"))
  .digest("hex");
const worker = `worker-${hash.slice(0, 10)}.js`;
await rename(outdir + "/worker.js", `${outdir}/${worker}`);
// A classic script: JupyterLite's own service worker imports it.
await build({ format: "iife", entryPoints: [entry("offline/service-worker.ts")] });
// Each alone: what they share with the runner is small, and would be one more request of a page.
for (const alone of [
  entry("page/site.ts"),
  entry("page/checkpoint.ts"),
  entry("page/chooser.ts"),
  entry("page/search.ts"),
  entry("offline/offline.ts"),
]) {
  await build({ entryPoints: [alone] });
}
await build({
  entryPoints: [entry("page/runner.ts"), here("src/page/runner.css")],
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  define: { ...common.define, WORKER_FILE: JSON.stringify(worker) },
});
await writeFile(join(outdir, "..", "packages.json"), JSON.stringify([...packages].sort(), null, 1));
