import { defineConfig } from "vitest/config";
import { MINIMUM_BROWSERS } from "./minimum.ts";

export default defineConfig({
  define: { MINIMUM_BROWSERS: JSON.stringify(MINIMUM_BROWSERS) },
  test: { include: ["test/*.test.ts"], reporters: ["dot"] },
});
