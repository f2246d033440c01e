/**
 * The site's one style sheet: node styles.ts SITE
 *
 * The theme's rules that a built page uses, in a cascade layer below the book's own styles
 * (book/static/css). Writes SITE/_static/overlap.css and the fonts it names.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { type ExtractorResultDetailed, PurgeCSS } from "purgecss";
import { TARGET } from "./minimum.ts";

const [, , site = ""] = process.argv;
if (!site) {
  console.error("Say where the built site is: node styles.ts SITE");
  process.exit(2);
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const built = (name: string): string => path.join(site, "_static", name);

const THEME = [
  "basic.css",
  "styles/pydata-sphinx-theme.css",
  "styles/sphinx-book-theme.css",
  "sphinx-design.min.css",
];
const OWN = ["base.css", "page.css", "cells.css", "views.css", "print.css"];
const FONTS = {
  "source-sans-3.woff2": "source-sans-3-latin-wght-normal.woff2",
  "source-sans-3-italic.woff2": "source-sans-3-latin-wght-italic.woff2",
};

/** Return the built pages; JupyterLite and the reports bring their own styles. */
async function pages(): Promise<string[]> {
  const names = await readdir(site, { recursive: true });
  return names
    .filter((name) => name.endsWith(".html") && !/^(lite|reports|_static)[\\/]/.test(name))
    .map((name) => path.join(site, name).replaceAll("\\", "/"));
}

/** Return what a page has: only tags, classes, ids and attributes count, not every word of its text. */
function partsOf(html: string): ExtractorResultDetailed {
  const names: string[] = [];
  const values: string[] = [];
  const classes: string[] = [];
  const ids: string[] = [];
  const tags: string[] = [];
  for (const [, tag = "", attributes = ""] of html.matchAll(
    /<([a-z][\w-]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*\/?>/gi,
  )) {
    tags.push(tag.toLowerCase());
    for (const [, name = "", value = ""] of attributes.matchAll(/([^\s=]+)(?:="([^"]*)")?/g)) {
      names.push(name);
      values.push(value);
      if (name === "class") classes.push(...value.split(/\s+/));
      if (name === "id") ids.push(value);
    }
  }
  return { attributes: { names, values }, classes, ids, tags, undetermined: [] };
}

/**
 * Give browsers without light-dark() its colors by other means: each pair becomes a variable of the page.
 * Such a browser drops a wrong color, but not a wrong variable, so a declaration before it would not do.
 */
function withOldColors(css: string): string {
  const pairs: [light: string, dark: string][] = [];
  const rest = css.replace(/light-dark\(\s*(#\w+),\s*(#\w+)\s*\)/g, (_, light: string, dark: string) => {
    const known = pairs.findIndex((pair) => pair[0] === light && pair[1] === dark);
    return `var(--pair-${known < 0 ? pairs.push([light, dark]) - 1 : known})`;
  });
  if (/light-dark\((?!\))/.test(rest))
    throw new Error("light-dark() takes two colors in hex here: styles.ts");
  const all = (color: (pair: [string, string]) => string): string =>
    `{${pairs.map((pair, number) => `--pair-${number}:${color(pair)}`).join(";")}}`;
  const [light, dark] = [all((pair) => pair[0]), all((pair) => pair[1])];
  return `:root${all((pair) => `light-dark(${pair.join()})`)}
    @supports not (color: light-dark(#000, #fff)) {
      :root${light}
      @media screen {
        @media (prefers-color-scheme: dark) { :root:not([data-theme="light"])${dark} }
        :root[data-theme="dark"]${dark}
      }
    }
    ${rest}`;
}

const content = await pages();
if (content.length === 0) throw new Error(`There are no pages in ${site}`);
const used = await new PurgeCSS().purge({
  content,
  extractors: [{ extensions: ["html"], extractor: partsOf }],
  css: await Promise.all(THEME.map(async (name) => ({ raw: await readFile(built(name), "utf8") }))),
  keyframes: true,
  variables: true,
});
// The theme's fonts are icon fonts, which the templates do not use. An important rule of a
// lower layer would win over the book's own.
const theme = used
  .map(({ css }) => css.replace(/@charset[^;]+;|@import[^;]+;|@font-face\s*{[^}]*}|\s*!important/g, ""))
  .join("\n");
const runner = await readFile(built("overlap/runner.css"), "utf8");
const own = await Promise.all(OWN.map((name) => readFile(here(`../static/css/${name}`), "utf8")));

const { code, warnings } = await transform(
  `@layer theme{${theme}}\n${withOldColors([runner, ...own].join("\n"))}`,
  {
    loader: "css",
    target: TARGET,
    minify: true,
    legalComments: "none",
  },
);
if (warnings.length > 0) throw new Error(warnings.map((warning) => warning.text).join("\n"));

await mkdir(built("fonts"), { recursive: true });
for (const [name, file] of Object.entries(FONTS)) {
  await copyFile(
    here(`node_modules/@fontsource-variable/source-sans-3/files/${file}`),
    built(`fonts/${name}`),
  );
}
await writeFile(built("overlap.css"), code);
console.log(`overlap.css: ${(code.length / 1024).toFixed(0)} KB for ${content.length} pages`);
