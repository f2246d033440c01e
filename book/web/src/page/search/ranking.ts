/**
 * Which entries of the guide answer a query, the best first.
 *
 * MiniSearch finds and weighs the words (BM25, beginnings of words, typing errors); what is known
 * here is what the entries are: names of calls and their parts, words that mean the same, and that
 * a wrong claim is no answer.
 */
import MiniSearch, { type SearchResult } from "minisearch";

/** What book/extension/search.py writes for each place that can be found. */
export interface Entry {
  kind: "page" | "section" | "mistake" | "symptom" | "call" | "change" | "term" | "myth";
  page: string;
  /** The headings above it on its page. */
  inside: string[];
  title: string;
  /** Its address, from the site's root. */
  at: string;
  text: string;
  /** Other words for it: symptoms, error messages, what its author calls it. */
  also: string[];
  /** Words that find it and are not shown: names in its code, calls that it teaches, claims that it corrects. */
  hidden: string[];
}

export interface Found extends Entry {
  /** The words of the entry that answer the query, as `termsOf` has them. */
  matched: ReadonlySet<string>;
}

/** How much a word weighs where it stands. */
const BOOST = { title: 5, also: 3, hidden: 1, above: 1.5, text: 1 };
/** What is preferred among entries that answer equally well. */
const KIND: Record<Entry["kind"], number> = {
  page: 1.3,
  section: 1,
  mistake: 1.1,
  call: 1,
  term: 0.9,
  symptom: 0.4,
  change: 0.5,
  myth: 0.5,
};

/** How many of the best are looked at closely. */
const LIKELY = 100;

/** What answers by so much less than the best is noise. */
const WORTH_SHOWING = 0.04;

/** Words that a question has and that say nothing of what it is about. */
const EMPTY = new Set(
  "a about an and any are at be between but by can difference do does for from get has have how i in is it its me my of on or python so that the their there this to use using vs versus was way we what when where which why will with you your".split(
    " ",
  ),
);

/** Return the stem of a word: without the endings of plural, -ing and -ed. */
export function stem(word: string): string {
  let found = word;
  if (found.length > 3) {
    found = found
      .replace(/ies$/, "y")
      .replace(/(ss|x|ch|sh)es$/, "$1")
      .replace(/([^suix])s$/, "$1");
    const shorter = found.replace(/(ing|ed)$/, "");
    if (shorter.length > 2 && /[aeiouy]/.test(shorter)) found = shorter;
  }
  return found.replace(/([^aeiouy])\1$/, "$1").replace(/(..)e$/, "$1");
}

const WORD = /[\p{L}\p{N}_]+/gu;
/** A word of the guide's texts: "sub-interpreter" is one, and found by its parts as well. */
export const COMPOUND = /[\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*/gu;

/** Return the forms by which a word is found: itself, and the parts of a name in code. */
export function termsOf(word: string): string[] {
  const parts = word
    .replace(/(\p{Ll})(?=\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1$2 ")
    .split(/[\s_-]+/)
    .filter((part) => part.length > 1);
  const forms = [word.replaceAll("-", ""), ...(parts.length > 1 ? parts : [])];
  return [...new Set(forms.map((form) => stem(form.toLowerCase())))];
}

/** Return the words of a query that say what it is about, each as its stem. */
export function wordsOf(query: string): string[] {
  const words = (query.match(WORD) ?? []).filter((word) => word.length > 1);
  const telling = words.filter((word) => !EMPTY.has(word.toLowerCase()));
  return [...new Set((telling.length > 0 ? telling : words).map((word) => stem(word.toLowerCase())))];
}

const stemsOf = (text: string): string[] => (text.match(WORD) ?? []).map((word) => stem(word.toLowerCase()));

/** Return how many words of one text stand in the other in the same order, without a gap. */
function longestRun(some: readonly string[], others: readonly string[]): number {
  let longest = 0;
  let before: number[] = [];
  for (const word of some) {
    const now = others.map((other, place) => (other === word ? (before[place - 1] ?? 0) + 1 : 0));
    longest = Math.max(longest, ...now);
    before = now;
  }
  return longest;
}

/** The name of an error before its message. The message says which one it is. */
const ERROR_NAME = /^\s*[\w.]*(?:Error|Warning|Exception): (?=\S+\s+\S)/;

/** Return how far an unknown word may be from one of the guide: a typing error, two in long ones. */
const errorsIn = (word: string): number => (word.length < 4 ? 0 : word.length < 7 ? 1 : 2);

export class Ranking {
  private readonly index: MiniSearch;
  private readonly entries: readonly Entry[];
  private readonly known = new Set<string>();
  private readonly same: readonly string[][];

  /** `same` lists groups of words that mean the same to somebody who searches. */
  constructor(entries: readonly Entry[], same: readonly string[][] = []) {
    this.entries = entries;
    this.same = same.map((group) => group.map((word) => stem(word.replaceAll("-", "").toLowerCase())));
    this.index = new MiniSearch({
      fields: ["title", "also", "hidden", "above", "text"],
      tokenize: (text) => text.match(COMPOUND) ?? [],
      processTerm: (word) => {
        if (EMPTY.has(word.toLowerCase())) return null;
        const terms = termsOf(word);
        for (const term of terms) this.known.add(term);
        return terms;
      },
    });
    this.index.addAll(
      entries.map((entry, id) => ({
        id,
        title: entry.title,
        also: entry.also.join(" "),
        hidden: entry.hidden.join(" "),
        above: [entry.kind === "page" ? "" : entry.page, ...entry.inside].join(" "),
        text: entry.text,
      })),
    );
  }

  /** Return the best entries for a query. */
  find(asked: string, most: number): Found[] {
    const query = asked.replace(ERROR_NAME, "");
    const words = wordsOf(query);
    if (words.length === 0) return [];
    const forms = words.map((word) => [word, ...this.sameAs(word)]);
    const last = words.length - 1;
    const results = this.index.search(
      {
        combineWith: "OR",
        queries: forms.map((all, place) => ({
          combineWith: "OR",
          queries: all.map((word, number) => ({
            queries: [word],
            boostTerm: () => (number === 0 ? 1 : 0.5),
            prefix: place === last || word.length > 3,
            fuzzy: this.known.has(word) ? 0 : errorsIn(word),
          })),
        })),
      },
      {
        boost: BOOST,
        weights: { prefix: 0.4, fuzzy: 0.25 },
        bm25: { k: 1.2, b: 0.5, d: 0.2 },
        tokenize: (text) => [text],
        processTerm: (word) => word,
      },
    );
    const found = results.map((result) => ({
      result,
      has: forms.map((all) => all.some((w) => result.queryTerms.includes(w))),
    }));
    const rarity = words.map((_, place) => {
      const many = found.filter(({ has }) => has[place]).length;
      return many === 0 ? 0 : Math.log(1 + this.entries.length / many);
    });
    const all = rarity.reduce((sum, value) => sum + value, 0);
    const scored = found.map(({ result, has }) => {
      const entry = this.entries[result.id] as Entry;
      const share = rarity.reduce((sum, value, place) => sum + (has[place] ? value : 0), 0) / all;
      return { entry, result, score: result.score * share ** 2 * KIND[entry.kind] };
    });
    const likely = scored.sort(byScore).slice(0, LIKELY);
    for (const one of likely) one.score *= exactness(one.entry, query);
    likely.sort(byScore);
    const ranked = mythsLast(likely);
    const enough = (ranked[0]?.score ?? 0) * WORTH_SHOWING;
    return ranked
      .filter(({ score }) => score >= enough)
      .slice(0, most)
      .map(({ entry, result }) => ({ ...entry, matched: new Set(result.terms) }));
  }

  private sameAs(word: string): string[] {
    return this.same
      .filter((group) => group.includes(word))
      .flatMap((group) => group.filter((other) => other !== word));
  }
}

interface Scored {
  entry: Entry;
  result: SearchResult;
  score: number;
}

/** Return by how much more an entry answers whose title or other name is what was asked. */
function exactness(entry: Entry, query: string): number {
  const title = wordsOf(entry.title);
  const asked = wordsOf(query);
  if (title.join(" ") === asked.join(" ")) return 4;
  if (entry.kind === "call" && entry.title.toLowerCase().endsWith(`.${query.trim().toLowerCase()}`))
    return 3.5;
  const wanted = stemsOf(query);
  // A message has "…" where it differs from run to run.
  const names = [entry.title, ...entry.also].flatMap((name) => name.split("…")).map(stemsOf);
  const runs = names.map((name) => longestRun(wanted, name));
  const isSaid = (name: string[], run: number): boolean =>
    run === name.length && (run > 2 || run === wanted.length);
  if (runs.some((run, place) => run > 0 && isSaid(names[place] ?? [], run))) return 4;
  const run = Math.max(...runs);
  const answering = title.filter((word) => asked.includes(word)).length / Math.max(1, title.length);
  return 1 + answering / 2 + (run < 3 ? 0 : 3 * (run / wanted.length) ** 2);
}

const byScore = (a: Scored, b: Scored): number => b.score - a.score;

/** Put a wrong claim behind the first answer, for whoever reads one line only. */
function mythsLast(scored: Scored[]): Scored[] {
  const first = scored.findIndex(({ entry }) => entry.kind !== "myth");
  if (first <= 0) return scored;
  return [...scored.slice(first, first + 1), ...scored.slice(0, first), ...scored.slice(first + 1)];
}
