/**
 * Hold TypeScript and CSS to the oldest browsers (minimum.ts): node lint-browsers.ts
 *
 * What is newer than they are must have a fallback, and a comment that says what happens without it,
 * on its line or the one before: `newer: the line is not marked`. In CSS an earlier declaration of the same property
 * or an @supports around it will do, too. The versions are those of web-features; TypeScript's checker says whose
 * method a name is, so that `checkVisibility()` is found on any element. Options of a method are not looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import postcss, { type AtRule, type ChildNode } from "postcss";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import { API, type Symbol as NamedSymbol } from "typescript/unstable/sync";
import webFeatures from "web-features/data.json" with { type: "json" };
import { MINIMUM } from "./minimum.ts";

const WEB = import.meta.dirname;
const STYLES = [path.join(WEB, "../static/css"), path.join(WEB, "src/page")];

/** Browserslist's names, and those of the data. */
const NAMES: Record<string, string> = { ios_saf: "safari_ios" };

/** Without these a page looks a little different, and nothing else. */
const HARMLESS =
  /^(::marker|::selection|@page|(accent-color|(ascent|descent|line-gap)-override|break-after|cursor|forced-color-adjust|overscroll-behavior|scrollbar-gutter|text-size-adjust|user-select)(:.*)?)$/;

/** In the data these count as partly there, for what the guide does not do. */
const THERE = new Set(["api.KeyboardEvent.repeat"]);

/** Something that one of the oldest browsers does not have. */
export interface Finding {
  line: number;
  message: string;
}

type Support = Record<string, string | undefined>;

interface Feature {
  status?: { by_compat_key?: Record<string, { support: Support }> };
}

const supportOf = new Map<string, Support>();
for (const feature of Object.values(webFeatures.features as unknown as Record<string, Feature>)) {
  for (const [key, { support }] of Object.entries(feature.status?.by_compat_key ?? {}))
    supportOf.set(key, support);
}

/** Return which browsers have what has one of these keys only later than the minimum, in words; else null. */
function tooNew(...keys: string[]): string | null {
  for (const key of keys) {
    const support = supportOf.get(key);
    if (!support) continue;
    if (THERE.has(key)) return null;
    const lacking = [...MINIMUM].flatMap(([name, minimum]) => {
      const since = support[NAMES[name] ?? name];
      if (since && compare(since, minimum) <= 0) return [];
      return [`${name} ${minimum} (${since ? `since ${since}` : "never"})`];
    });
    return lacking.length > 0 ? lacking.join(", ") : null;
  }
  return null;
}

function compare(one: string, other: string): number {
  const numbers = (version: string): number[] => version.replace(/^≤/, "").split(".").map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  return a[0]! - b[0]! || (a[1] ?? 0) - (b[1] ?? 0);
}

/** Return what is new in a style sheet. */
export function lintStyles(css: string): Finding[] {
  const found: { node: ChildNode; message: string }[] = [];
  const look = (node: ChildNode, name: string, ...keys: string[]): void => {
    const lacking = HARMLESS.test(name) ? null : tooNew(...keys);
    if (lacking && !isGuarded(node)) found.push({ node, message: `${name} is not in ${lacking}` });
  };
  postcss.parse(css).walk((node) => {
    if (node.type === "atrule") {
      look(node, `@${node.name}`, `css.at-rules.${node.name}`);
      for (const [, name = ""] of node.params.matchAll(/\(\s*([a-z-]+)/g)) {
        look(node, `@${node.name} (${name})`, `css.at-rules.${node.name}.${name}`);
      }
    } else if (node.type === "rule") {
      for (const [name, bare = ""] of node.selector.matchAll(/::?([a-z][a-z-]*)/g)) {
        look(node, name, `css.selectors.${bare}`);
      }
      if (node.parent?.type === "rule") look(node, "nesting", "css.selectors.nesting");
    } else if (node.type === "decl" && !hasEarlier(node)) {
      const { prop, value } = node;
      const place = (node.parent as AtRule).name === "font-face" ? "at-rules.font-face" : "properties";
      look(node, prop, `css.${place}.${prop}`);
      for (const [, name = ""] of value.matchAll(/(?<![\w-])([a-z][a-z-]*)(?![\w(-])/g)) {
        look(node, `${prop}: ${name}`, `css.properties.${prop}.${name}`);
      }
      for (const [, name = ""] of value.matchAll(/(?<![\w-])([a-z][a-z-]*)\(/g)) {
        look(node, `${name}()`, ...(functions.get(name) ?? []));
      }
      if (/\(\s*from\s/.test(value)) look(node, "a relative color", "css.types.color.rgb.relative_syntax");
      for (const [, name = ""] of value.matchAll(/(?<![\w.#-])[\d.]+([a-z]+)\b/g)) {
        look(node, name, `css.types.length.${name}`, `css.types.${name}`);
      }
    }
  });
  return excused(
    css,
    found.map(({ node, message }) => ({ line: node.source?.start?.line ?? 1, message })),
  );
}

/** Functions by name, for they are in several places of the data. */
const functions = new Map<string, string[]>();
for (const key of supportOf.keys()) {
  const name = /^css\.types\.(?:[\w-]+\.)?([\w-]+)$/.exec(key)?.[1];
  if (name) functions.set(name, [...(functions.get(name) ?? []), key]);
}

function isGuarded(node: ChildNode): boolean {
  for (let outer = node.parent; outer && outer.type !== "root"; outer = outer.parent as typeof outer) {
    if (outer.type === "atrule" && (outer as AtRule).name === "supports") return true;
  }
  return false;
}

/** Return whether the same property stands in the rule before: browsers drop a value that they do not know. */
function hasEarlier(node: postcss.Declaration): boolean {
  if (node.prop.startsWith("--")) return false;
  for (let before = node.prev(); before; before = before.prev()) {
    if (before.type === "decl" && before.prop === node.prop) return true;
  }
  return false;
}

/** Return what is new in the TypeScript files that `wanted` accepts, by file. */
export function lintCode(wanted: (file: string) => boolean): Map<string, Finding[]> {
  const findings = new Map<string, Finding[]>();
  const api = new API({ cwd: WEB });
  try {
    const project = api.updateSnapshot({ openProjects: [path.join(WEB, "tsconfig.json")] }).getProjects()[0]!;
    for (const file of project.rootFiles.filter(wanted)) {
      const source = project.program.getSourceFile(file)!;
      const names: Node[] = [];
      const visit = (node: Node): void => {
        if (node.kind === SyntaxKind.Identifier) names.push(node);
        node.forEachChild(visit);
      };
      visit(source);
      const found: Finding[] = [];
      project.checker.getSymbolAtLocation(names).forEach((symbol, index) => {
        if (!symbol || !isOfBrowser(symbol)) return;
        const lacking = lackingName(symbol);
        if (!lacking) return;
        const line = source.text.slice(0, names[index]!.getStart(source)).split("\n").length;
        found.push({ line, message: `${symbol.name} is not in ${lacking}` });
      });
      findings.set(file, excused(source.text, found));
    }
  } finally {
    api.close();
  }
  return findings;
}

const isOfBrowser = (symbol: NamedSymbol): boolean =>
  symbol.declarations.some(({ path: file }) => /\/lib\.[\w.]+\.d\.ts$/.test(file));

/** Return which of the oldest browsers lack a name of the browser, in words; else null. */
function lackingName(symbol: NamedSymbol): string | null {
  const { name } = symbol;
  const owner = symbol.getParent()?.name.replace(/Constructor$/, "");
  if (!owner) return tooNew(`api.${name}`, `api.Window.${name}`, `javascript.builtins.${name}`);
  if (owner === "CSSStyleProperties") {
    return tooNew(`css.properties.${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  }
  const own = ["api", "javascript.builtins"].flatMap((group) => [
    `${group}.${owner}.${name}`,
    `${group}.${owner}.${name}_static`,
  ]);
  const known =
    interfaces.has(owner) || !symbol.declarations.some(({ path: file }) => file.includes("/lib.dom."));
  if (known) return tooNew(...own);
  // TypeScript declares some members for several interfaces at once, under a name that the data do not know.
  const shared = [...(members.get(name) ?? [])].map((key) => tooNew(key));
  return shared.every((lacking) => lacking !== null) ? (shared[0] ?? null) : null;
}

/** Members of the browser's interfaces by name. */
const members = new Map<string, string[]>();
const interfaces = new Set<string>();
for (const key of supportOf.keys()) {
  const [, owner = "", name] = /^api\.(\w+)(?:\.(\w+?)(?:_static)?)?$/.exec(key) ?? [];
  interfaces.add(owner);
  if (name) members.set(name, [...(members.get(name) ?? []), key]);
}

/** Leave out findings that a comment explains; report a comment that explains nothing. */
function excused(text: string, findings: Finding[]): Finding[] {
  const excuses = new Map<number, boolean>();
  text.split("\n").forEach((line, index) => {
    if (/(?:\/\/|\/\*) newer: \w/.test(line)) excuses.set(index + 1, false);
  });
  const left = findings.filter(({ line }) => {
    const excuse = [line, line - 1].find((place) => excuses.has(place));
    if (excuse === undefined) return true;
    excuses.set(excuse, true);
    return false;
  });
  for (const [line, used] of excuses) {
    if (!used) left.push({ line, message: "nothing here is newer than the oldest browsers" });
  }
  return left;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = lintCode((file) => file.includes("/book/web/src/"));
  for (const folder of STYLES) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".css"))) {
      const file = path.join(folder, name);
      all.set(file, lintStyles(readFileSync(file, "utf8")));
    }
  }
  const lines = [...all].flatMap(([file, found]) =>
    found.map(({ line, message }) => `${path.relative(WEB, file)}:${line}: ${message}`),
  );
  for (const line of lines) console.error(line);
  if (lines.length > 0)
    console.error("Give it a fallback, and say what happens without it: lint-browsers.ts");
  process.exitCode = lines.length > 0 ? 1 : 0;
}
