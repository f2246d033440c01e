/**
 * Entry of what searches: loaded when a reader opens the search (page/site/search.ts).
 *
 * The index is one file of entries that the build writes (book/extension/search.py).
 */
import { type Entry, Ranking } from "./search/ranking";
import { resultOf } from "./search/results";
import { all, one, SITE_ROOT } from "./site/dom";

const MOST = 20;
const INDEX = new URL("search.json", import.meta.url).href;

/** A search field with what it has found. */
interface SearchBox {
  input: HTMLInputElement;
  status: HTMLElement;
  list: HTMLElement;
}

let ranking: Promise<Ranking> | null = null;

async function fetchRanking(): Promise<Ranking> {
  const answer = await fetch(INDEX);
  if (!answer.ok) throw new Error(`${INDEX}: ${answer.status}`);
  const { entries, same } = (await answer.json()) as { entries: Entry[]; same: string[][] };
  return new Ranking(entries, same);
}

function loadRanking(): Promise<Ranking> {
  ranking ??= fetchRanking();
  ranking.catch(() => (ranking = null));
  return ranking;
}

/** Return how many results there are, in words; null for none. */
function countOf(results: number): string | null {
  if (results === 0) return null;
  if (results === MOST) return `The best ${MOST} results`;
  return results === 1 ? "1 result" : `${results} results`;
}

async function search({ input, status, list }: SearchBox): Promise<void> {
  const query = input.value.trim();
  if (query.length < 2) {
    status.textContent = "";
    list.replaceChildren();
    return;
  }
  try {
    const loaded = await loadRanking();
    if (input.value.trim() !== query) return;
    const found = loaded.find(query, MOST);
    status.textContent = countOf(found.length) ?? `Nothing found for “${query}”.`;
    list.replaceChildren(...found.map((entry) => resultOf(entry, SITE_ROOT)));
  } catch {
    status.textContent = "The search index could not be loaded. Check the connection and type again.";
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
    const asked = new URLSearchParams(location.search).get("q") ?? "";
    // Who opens a result and comes back finds the list again, and the address can be passed on.
    const keep = (): void => {
      history.replaceState(history.state, "", `?${new URLSearchParams({ q: box.input.value })}`);
    };
    if (box.input.value === "") box.input.value = asked;
    else if (box.input.value !== asked) keep(); // typed before this script was here
    box.input.focus();
    box.input.addEventListener("input", keep);
  }
  void search(box); // what was typed before this script was here
}

for (const form of all('form[role="search"]')) {
  if (form.parentElement) enableForm(form, form.parentElement);
}
loadRanking().catch(() => {}); // the next letter tries again, and says so
