import { readFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/*.test.ts"], reporters: ["dot"] },
  plugins: [
    {
      name: "python-as-text",
      enforce: "pre",
      async load(id) {
        if (id.endsWith(".py")) return `export default ${JSON.stringify(await readFile(id, "utf8"))}`;
        return undefined;
      },
    },
  ],
});
