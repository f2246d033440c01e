/// <reference types="node" />
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

/** Where code runs is where it lives: what the folders of `src` may import, and what is bundled. */
const WEB = path.resolve(import.meta.dirname, "..");
const SRC = path.join(WEB, "src");

/** The files that build.ts bundles, each for one place where code runs. Nothing imports an entry. */
const ENTRIES = [
  "offline/offline.ts",
  "offline/service-worker.ts",
  "page/checkpoint.ts",
  "page/chooser.ts",
  "page/runner.ts",
  "page/search.ts",
  "page/site.ts",
  "worker/worker.ts",
];

interface Realm {
  /** What may be imported: folders, files, or paths from `src` to elsewhere. */
  from: string[];
  /** What to do instead. */
  instead: string;
}

const SHARED = "What both sides need belongs in shared/.";
const REALMS: Record<string, Realm> = {
  "page/site/": {
    from: ["page/site/", "shared/"],
    instead: `site.ts is a small script of every page, without the runner. ${SHARED}`,
  },
  "page/search/": {
    from: ["page/search/", "shared/"],
    instead: `What searches is loaded when the search is opened, without the runner. ${SHARED}`,
  },
  "page/": {
    from: ["page/", "shared/", "offline/registration"],
    instead: `The page talks to its worker in messages (shared/protocol.ts), and asks offline/registration for the service worker. ${SHARED}`,
  },
  "worker/": {
    from: ["worker/", "shared/"],
    instead: `The worker has no document: what it says to the page is in shared/protocol.ts. ${SHARED}`,
  },
  "offline/": {
    from: ["offline/", "shared/"],
    instead: `Saving and serving the guide work without the runner. ${SHARED}`,
  },
  "shared/": {
    from: ["shared/", "../../contract/overlap_contract/contract.json"],
    instead:
      "shared/ is below all others. Move what it needs there, or keep this in the folder that uses it; what Python must agree on belongs in contract.json.",
  },
};

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.ts$/.test(name) && !name.endsWith(".d.ts"));

/** Return what a file imports of ours, as paths from `src`, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(SRC, file), "utf8").replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, target = ""]) =>
    path.posix.join(path.posix.dirname(file), target),
  );
}

const realmOf = (file: string): Realm | undefined =>
  Object.entries(REALMS).find(([folder]) => file.startsWith(folder))?.[1];

const withoutEnding = (file: string): string => file.replace(/\.ts$/, "");

describe("a module", () => {
  test.each(files)("%s imports what its folder may import", (file) => {
    const realm = realmOf(file);
    expect(realm, `${file} is in none of the folders ${Object.keys(REALMS).join(", ")}`).toBeDefined();
    const wrong = importsOf(file).filter(
      (target) => !realm?.from.some((allowed) => target.startsWith(allowed)),
    );
    expect(wrong, `${file} must not import these. ${realm?.instead}`).toEqual([]);
  });
});

describe("an entry", () => {
  test("is what build.ts bundles, and nothing else is", () => {
    const bundled = readFileSync(path.join(WEB, "build.ts"), "utf8").matchAll(/entry\("([\w/-]+\.ts)"\)/g);
    expect(
      [...bundled].map(([, file]) => file).sort(),
      "A new entry is one more request of pages. Let an entry import the module, late if need be.",
    ).toEqual(ENTRIES);
  });

  test("is imported by nothing", () => {
    const entries = ENTRIES.map(withoutEnding);
    const wrong = files.filter((file) =>
      importsOf(file).some((target) => entries.includes(withoutEnding(target))),
    );
    expect(wrong, "An entry acts when it is loaded. Move what is shared to a module of its own.").toEqual([]);
  });

  test("reaches every module", () => {
    const reached = new Set(ENTRIES.map(withoutEnding));
    for (const name of reached) {
      if (!files.includes(`${name}.ts`)) continue;
      for (const target of importsOf(`${name}.ts`)) reached.add(withoutEnding(target));
    }
    reached.add("worker/left-out"); // build.ts puts it in the place of what the kernel imports
    const unused = files.filter((file) => !reached.has(withoutEnding(file)));
    expect(unused, "Nothing that is bundled imports these. Delete them.").toEqual([]);
  });
});
