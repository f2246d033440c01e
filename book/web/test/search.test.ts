import { describe, expect, test } from "vitest";
import { type Entry, type Found, Ranking, stem, termsOf, wordsOf } from "../src/page/search/ranking";
import { excerptOf } from "../src/page/search/results";

const entry = (title: string, rest: Partial<Entry> = {}): Entry => ({
  kind: "section",
  page: "Async",
  inside: [],
  title,
  at: `${title}.html`,
  text: "",
  also: [],
  hidden: [],
  ...rest,
});

const SAME = [["kill", "stop"]];
const ENTRIES = [
  entry("asyncio.TaskGroup", { kind: "call", text: "Starts tasks and waits for them." }),
  entry("asyncio.TaskGroup.create_task", { kind: "call", text: "Starts a task in the group." }),
  entry("Choose what one failure does to the others", {
    text: "A TaskGroup cancels the others. A gather leaves them running.",
    hidden: ["If one call in gather fails, the others are cancelled."],
  }),
  entry("If one call in gather fails, the others are cancelled.", { kind: "myth", text: "Never true." }),
  entry("The coroutine never ran", {
    kind: "mistake",
    text: "Calling it makes an object.",
    also: ["RuntimeWarning: coroutine '…' was never awaited"],
  }),
  entry("A pause is a call that comes back early", { text: "A coroutine that is awaited may never pause." }),
  entry("Ask a thread to stop", { text: "Nothing can end it from outside." }),
  entry("semaphore", { kind: "term", text: "A counter that lets some pass." }),
  entry("Another lock for a sub-interpreter", { also: ["no running event loop"] }),
  entry("Limit the calls", { text: "A semaphore holds back the others. A semaphore counts." }),
];
const ranking = new Ranking(ENTRIES, SAME);
const titles = (query: string, most = 20): string[] => ranking.find(query, most).map(({ title }) => title);

describe("words", () => {
  test.each([
    ["threads", "thread"],
    ["cancelled", "cancel"],
    ["cancelling", "cancel"],
    ["pickling", "pickl"],
    ["pickle", "pickl"],
    ["processes", "process"],
    ["queries", "query"],
    ["status", "status"],
    ["is", "is"],
  ])("%s has the stem of %s", (word, same) => expect(stem(word)).toBe(stem(same)));

  test("a name in code is found by its parts, too", () => {
    expect(termsOf("TaskGroup")).toEqual(["taskgroup", "task", "group"]);
    expect(termsOf("HTTPServer")).toEqual(["httpserver", "http", "server"]);
    expect(termsOf("wait_for")).toEqual(["wait_for", "wait", "for"]);
    expect(termsOf("sub-interpreters")).toEqual(["subinterpreter", "sub", "interpreter"]);
  });

  test("a query's words are those that say something", () => {
    expect(wordsOf("How do I stop a thread?")).toEqual(["stop", "thread"]);
    expect(wordsOf("how to")).toEqual(["how", "to"]);
    expect(wordsOf("a b")).toEqual([]);
  });
});

describe("the first result", () => {
  test.each([
    ["asyncio.TaskGroup", "asyncio.TaskGroup"],
    ["TaskGroup", "asyncio.TaskGroup"],
    ["create_task", "asyncio.TaskGroup.create_task"],
    ["coroutine was never awaited", "The coroutine never ran"],
    ["RuntimeWarning: coroutine 'main' was never awaited", "The coroutine never ran"],
    ["what is a semaphore", "semaphore"],
    ["kill a thread", "Ask a thread to stop"],
    ["taskgruop", "asyncio.TaskGroup"],
    ["semafore", "semaphore"],
    ["corutine never awiated", "The coroutine never ran"],
    ["semaph", "semaphore"],
    ["subinterpreters", "Another lock for a sub-interpreter"],
    ["sub interpreters", "Another lock for a sub-interpreter"],
    ["RuntimeError: no running event loop", "Another lock for a sub-interpreter"],
  ])("for %s is %s", (query, title) => expect(titles(query)[0]).toBe(title));

  test("is never a wrong claim, though it says all the words", () => {
    const found = titles("If one call in gather fails, the others are cancelled.");
    expect(found[0]).toBe("Choose what one failure does to the others");
    expect(found[1]).toBe("If one call in gather fails, the others are cancelled.");
  });
});

describe("the list", () => {
  test("is as long as asked for", () => expect(titles("task call thread", 2)).toHaveLength(2));
  test("is empty where nothing answers", () => {
    expect(titles("zzzzqqq")).toEqual([]);
    expect(titles("?")).toEqual([]);
  });
  test("knows which words answer, as the guide writes them", () => {
    const [first] = ranking.find("semafore", 1);
    expect(first?.matched.has(stem("semaphore"))).toBe(true);
  });
});

describe("an excerpt", () => {
  const matched: Found["matched"] = new Set([stem("pickle"), stem("lambda")]);
  const noise = "Words that are not about it stand here, in a long sentence. ".repeat(6);

  test("of a short text is the text", () => expect(excerptOf("Short.", matched)).toBe("Short."));
  test("begins with the sentence that answers", () => {
    const excerpt = excerptOf(`${noise}A lambda cannot be pickled. ${noise}`, matched);
    expect(excerpt.startsWith("A lambda cannot be pickled.")).toBe(true);
    expect(excerpt.endsWith(" …")).toBe(true);
    expect(excerpt.length).toBeLessThan(180);
  });
  test("of a long sentence begins at a word before it", () => {
    const long = "and so on and on ".repeat(20);
    expect(excerptOf(`${long}a lambda ${long}`, matched)).toMatch(/^… .*\blambda\b/);
  });
  test("of a text without the words is its beginning", () => {
    expect(excerptOf(noise, matched).startsWith("Words that")).toBe(true);
  });
});
