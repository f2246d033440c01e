/** The search: the dialog and the search page, and how a query finds sections and pages. */
import { all, one, SITE_ROOT } from "./dom";
import { hidePopovers } from "./popovers";

// What Sphinx's scripts define (language_data.js, searchtools.js), and searchindex.js fills.
declare const Search: { _index: SearchIndex };
declare const Stemmer: new () => { stemWord(word: string): string };
declare const stopwords: readonly string[];

/** Sphinx's index. Pages are numbers: places in `titles` and `docnames`. */
interface SearchIndex extends TextIndex {
  /** The titles of sections, each with its pages and its places there; a page itself has no place. */
  alltitles: Record<string, [page: number, section: string | null][]>;
  titles: string[];
  docnames: string[];
}

/** The word stems of pages and of their titles, each with its page or pages. */
interface TextIndex {
  terms: Record<string, number | number[]>;
  titleterms: Record<string, number | number[]>;
}

interface Result {
  page: string;
  /** What was found on the page; empty for the page itself. */
  title: string;
  address: string;
}

/** A search field with what it has found. */
interface SearchBox {
  input: HTMLInputElement;
  status: HTMLElement;
  list: HTMLElement;
}

const LONGEST_LIST = 20;
let index: Promise<SearchIndex> | null = null;

function loadScript(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SITE_ROOT + file;
    script.async = false;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${file} could not be loaded`)));
    document.head.append(script);
  });
}

/** Return Sphinx's index, loaded with the tools that read it when the reader first searches. */
function loadIndex(): Promise<SearchIndex> {
  if (index) return index;
  // What Sphinx's tools expect of a page that loads them.
  Object.assign(globalThis, {
    _ready: () => {},
    _: (text: string) => text,
    DOCUMENTATION_OPTIONS: {},
    SPHINX_HIGHLIGHT_ENABLED: false,
  });
  const files = ["_static/language_data.js", "_static/searchtools.js", "searchindex.js"];
  index = Promise.all(files.map(loadScript)).then(() => Search._index);
  index.catch(() => (index = null));
  return index;
}

/** Return the words of a query or a title. One letter alone says too little to search for. */
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => word.length > 1);

/** Return how well a known word answers one of the query: "thread" is inside "threadpoolexecutor". */
function closeness(known: string, word: string): number {
  if (known === word) return 3;
  if (known.startsWith(word)) return 2;
  return word.length > 2 && known.includes(word) ? 1 : 0;
}

const best = (numbers: number[]): number => Math.max(0, ...numbers);

/** Return the pages whose text has all words, the best first. Sphinx keeps word stems, without stop words. */
function findInText(words: string[], { terms, titleterms }: TextIndex): number[] {
  const stemmer = new Stemmer();
  const wanted = words
    .filter((word) => !stopwords.includes(word))
    .map((word) => [word, stemmer.stemWord(word)]);
  const scores = wanted.map((forms) => {
    const pages = new Map<number, number>();
    for (const [term, places] of [...Object.entries(terms), ...Object.entries(titleterms)]) {
      const score = best(forms.map((form) => closeness(term.toLowerCase(), form)));
      if (score === 0) continue;
      for (const page of [places].flat()) pages.set(page, best([score, pages.get(page) ?? 0]));
    }
    return pages;
  });
  const found = new Map<number, number>();
  for (const page of scores[0]?.keys() ?? []) {
    if (!scores.every((pages) => pages.has(page))) continue;
    found.set(
      page,
      scores.reduce((sum, pages) => sum + (pages.get(page) ?? 0), 0),
    );
  }
  return [...found].sort(([, a], [, b]) => b - a).map(([page]) => page);
}

/** Return the sections whose title has the words, then the pages whose text has them. */
function find(words: string[], { alltitles, titles, docnames, ...text }: SearchIndex): Result[] {
  const sections: (Result & { rank: number })[] = [];
  for (const [title, places] of Object.entries(alltitles)) {
    const inTitle = wordsOf(title);
    const scores = words.map((word) => best(inTitle.map((known) => closeness(known, word))));
    if (scores.includes(0)) continue;
    for (const [page, section] of places) {
      const isPage = titles[page] === title;
      sections.push({
        page: titles[page] ?? "",
        title: isPage ? "" : title,
        address: `${SITE_ROOT}${docnames[page]}.html${section && !isPage ? `#${section}` : ""}`,
        rank: scores.reduce((sum, score) => sum + score / 3, 0) / inTitle.length + (isPage ? 1 : 0),
      });
    }
  }
  sections.sort((a, b) => b.rank - a.rank);
  // The browser scrolls to the word; one that cannot opens the page.
  const place = `#:~:text=${encodeURIComponent(words[0] ?? "")}`;
  const pages = findInText(words, text).map((page) => ({
    page: titles[page] ?? "",
    title: `“${words.join(" ")}” in the text`,
    address: `${SITE_ROOT}${docnames[page]}.html${place}`,
  }));
  return [...sections, ...pages].slice(0, LONGEST_LIST);
}

function showResults(box: SearchBox, query: string, results: Result[]): void {
  const plural = results.length === 1 ? "result" : "results";
  box.status.textContent = results.length ? `${results.length} ${plural}` : `Nothing found for “${query}”.`;
  box.list.replaceChildren(
    ...results.map(({ page, title, address }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = address;
      link.append(page);
      if (title) {
        const section = document.createElement("small");
        section.textContent = title;
        link.append(section);
      }
      item.append(link);
      return item;
    }),
  );
}

async function search(box: SearchBox): Promise<void> {
  const query = box.input.value.trim();
  if (query.length < 2) {
    box.status.textContent = "";
    box.list.replaceChildren();
    return;
  }
  try {
    const loaded = await loadIndex();
    if (box.input.value.trim() === query) {
      const words = wordsOf(query);
      showResults(box, query, words.length > 0 ? find(words, loaded) : []);
    }
  } catch {
    box.status.textContent = "The search index could not be loaded. Check the connection and type again.";
  }
}

/** Let a form search; `around` holds it and the places of what it finds. */
function enableForm(form: HTMLElement, around: HTMLElement): void {
  const inDialog = form.closest("dialog") !== null;
  const box: SearchBox = {
    input: one<HTMLInputElement>("input", form),
    status: one("[data-search-status]", around),
    list: one("[data-search-results]", around),
  };
  box.input.addEventListener("input", () => void search(box));
  // Enter opens the first result from the dialog; on the search page, which a reader came to
  // for its list, it goes there.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await search(box);
    const first = box.list.querySelector("a");
    if (inDialog) first?.click();
    else first?.focus();
  });
  // From the form, the first result is one arrow key away.
  around.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops: (Element | null)[] = [box.input, ...all("a", box.list)];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  });
  if (!inDialog) {
    box.input.value = new URLSearchParams(location.search).get("q") ?? "";
    void search(box);
    box.input.focus();
  }
}

/** Open the dialog by its buttons and by Ctrl K, and close it. */
function enableDialog(dialog: HTMLDialogElement): void {
  const open = (): void => {
    if (dialog.open) return;
    hidePopovers();
    dialog.showModal();
    const input = one<HTMLInputElement>("input", dialog);
    input.focus();
    input.select();
    loadIndex().catch(() => {});
  };
  for (const button of all('[data-button="open-search"]')) button.addEventListener("click", open);
  one('[data-button="close-search"]', dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => {
    // The dialog has no padding, so a click on itself is a click beside its content. A result
    // on this very page closes it too.
    if (target === dialog || (target instanceof Element && target.closest("a"))) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    // In a search field the first Escape would only clear the text.
    if (event.key !== "Escape") return;
    event.preventDefault();
    dialog.close();
  });
  addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (!control || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });
  if (navigator.platform.startsWith("Mac")) {
    for (const key of all('[data-button="open-search"] kbd')) key.textContent = "⌘ K";
  }
}

/** Let the reader search: in the dialog of every page, and on the search page. */
export function offerSearch(): void {
  for (const form of all('form[role="search"]')) {
    if (form.parentElement) enableForm(form, form.parentElement);
  }
  enableDialog(one<HTMLDialogElement>("dialog#search-dialog"));
}
