/**
 * The oldest browsers that the guide is made for: `browserslist` in package.json, and nowhere else.
 * The build compiles for them, lint-browsers.ts holds code and styles to them, and readers are told of them.
 */
import { readFileSync } from "node:fs";

const { browserslist } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  browserslist: string[];
};

/** The version of each browser, by its name in Browserslist. */
export const MINIMUM: ReadonlyMap<string, string> = new Map(
  browserslist.map((query) => {
    const found = /^(\w+) >= ([\d.]+)$/.exec(query);
    if (!found) throw new Error(`package.json, browserslist: write "chrome >= 123", not "${query}"`);
    return [found[1]!, found[2]!];
  }),
);

/** The same in words: "Chrome 123, Edge 123, Firefox 125 or Safari 17.5". Safari is of one version everywhere. */
export const MINIMUM_BROWSERS: string = browserslist
  .filter((query) => !query.startsWith("ios_saf"))
  .map((query) => query[0]!.toUpperCase() + query.slice(1).replace(" >=", ""))
  .join(", ")
  .replace(/, (?!.*, )/, " or ");

/** The same for esbuild. */
export const TARGET: string[] = [...MINIMUM].map(
  ([name, version]) => name.replace("ios_saf", "ios") + version,
);
