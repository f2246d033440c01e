/** What a result looks like: its kind, its title, where it is, and the words that answer. */
import { COMPOUND, type Entry, type Found, termsOf } from "./ranking";

const KIND_SHOWN: Partial<Record<Entry["kind"], string>> = {
  mistake: "Mistake",
  symptom: "Symptom",
  call: "Call",
  change: "Change",
  term: "Term",
  myth: "Myth",
};

/** About two lines of a dialog, in characters. */
const EXCERPT = 170;

type Matched = Found["matched"];

const isMatched = (word: string, matched: Matched): boolean =>
  termsOf(word).some((term) => matched.has(term));

/** Return the words of a text that answer, each with its place. */
const hitsIn = (text: string, matched: Matched): { word: string; at: number }[] =>
  [...text.matchAll(COMPOUND)]
    .map(({ 0: word, index }) => ({ word: word.toLowerCase(), at: index }))
    .filter(({ word }) => isMatched(word, matched));

const distinct = (hits: { word: string }[]): number => new Set(hits.map(({ word }) => word)).size;

/** Return the part of a text that has most of the words: from the start of a sentence, if one is near. */
export function excerptOf(text: string, matched: Matched): string {
  if (text.length <= EXCERPT) return text;
  const hits = hitsIn(text, matched);
  let best = { at: 0, count: 0 };
  for (const { at } of hits) {
    const count = distinct(hits.filter((hit) => hit.at >= at && hit.at < at + EXCERPT * 0.75));
    if (count > best.count) best = { at, count };
  }
  const before = text.slice(0, best.at);
  const sentence = before.lastIndexOf(". ") + 1 && before.lastIndexOf(". ") + 2;
  const near = before.length - sentence < EXCERPT / 3;
  const start = near ? sentence : before.slice(0, -EXCERPT / 6).lastIndexOf(" ") + 1;
  const part = text.slice(start, start + EXCERPT);
  const cut = start + EXCERPT < text.length;
  const whole = cut ? part.slice(0, part.lastIndexOf(" ")) : part;
  return `${start > 0 && !near ? "… " : ""}${whole}${cut ? " …" : ""}`;
}

/** Return a text with the words that answer marked. */
function marked(text: string, matched: Matched): DocumentFragment {
  const fragment = new DocumentFragment();
  let done = 0;
  for (const { 0: word, index } of text.matchAll(COMPOUND)) {
    if (!isMatched(word, matched)) continue;
    const mark = document.createElement("mark");
    mark.textContent = word;
    fragment.append(text.slice(done, index), mark);
    done = index + word.length;
  }
  fragment.append(text.slice(done));
  return fragment;
}

/** Return the text of an entry, or another name for it that says more of what was asked. */
function whatAnswers({ title, text, also, matched }: Found): string {
  const inText = distinct(hitsIn(`${title} ${excerptOf(text, matched)}`, matched));
  const names = also.map((name) => ({ name, count: distinct(hitsIn(name, matched)) }));
  const best = names.sort((a, b) => b.count - a.count)[0];
  return best && best.count > inText ? `“${best.name}”` : text;
}

function element(name: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

/** Return a result as an item of the list. */
export function resultOf(entry: Found, root: string): HTMLLIElement {
  const link = document.createElement("a");
  link.href = root + entry.at;
  const title = marked(entry.kind === "myth" ? `“${entry.title}”` : entry.title, entry.matched);
  const kind = KIND_SHOWN[entry.kind];
  link.append(
    element(
      "span",
      "search-title",
      ...(kind ? [element("span", "search-kind", `${kind}:`), " "] : []),
      entry.kind === "call" ? element("code", "", title) : title,
    ),
    element("span", "search-text", marked(excerptOf(whatAnswers(entry), entry.matched), entry.matched)),
  );
  const above = [entry.kind === "page" ? "" : entry.page, ...entry.inside].filter(Boolean);
  if (above.length > 0) link.append(element("small", "search-place", above.join(" › ")));
  const item = document.createElement("li");
  item.dataset.kind = entry.kind;
  item.append(link);
  return item;
}
