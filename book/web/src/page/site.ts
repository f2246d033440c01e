/**
 * What every page does besides running cells: search, the theme switch, copying code, the
 * definitions of terms, and marking where in the page the reader is. The page is complete without it.
 */
const root = document.documentElement.dataset.content_root ?? "./";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// --- theme ---------------------------------------------------------------------------------

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () =>
  (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function showTheme() {
  for (const button of all(".theme-button")) button.setAttribute("aria-pressed", String(isDark()));
}

function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  // What the system wants is no choice: the page goes on following the system.
  const chosen = (theme === "dark") !== system.matches;
  if (chosen) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    if (chosen) localStorage.setItem("overlap:theme", theme);
    else localStorage.removeItem("overlap:theme");
  } catch {
    // No storage: the choice lasts as long as the page.
  }
  showTheme();
}

for (const button of all(".theme-button")) button.addEventListener("click", switchTheme);
system.addEventListener("change", showTheme);
showTheme();

// --- search --------------------------------------------------------------------------------

const LONGEST_LIST = 20;
let index = null;

function loadScript(file) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = root + file;
    script.async = false;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${file} could not be loaded`)));
    document.head.append(script);
  });
}

/** Sphinx's index and the tools that read it, loaded when the reader first searches. */
function loadIndex() {
  if (index) return index;
  // What Sphinx's tools expect of a page that loads them.
  Object.assign(globalThis, {
    _ready: () => {},
    _: (text) => text,
    DOCUMENTATION_OPTIONS: {},
    SPHINX_HIGHLIGHT_ENABLED: false,
  });
  const files = ["_static/language_data.js", "_static/searchtools.js", "searchindex.js"];
  index = Promise.all(files.map(loadScript)).then(() => Search._index);
  index.catch(() => (index = null));
  return index;
}

/** The words of a query or a title. One letter alone says too little to search for. */
const wordsOf = (text) =>
  (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => word.length > 1);

/** How well a known word answers one of the query: "thread" is inside "threadpoolexecutor". */
function closeness(known, word) {
  if (known === word) return 3;
  if (known.startsWith(word)) return 2;
  return word.length > 2 && known.includes(word) ? 1 : 0;
}

const best = (numbers) => Math.max(0, ...numbers);

/** Pages whose text has all the words, with a score each. Sphinx keeps word stems, without stop words. */
function findInText(words, { terms, titleterms }) {
  const stemmer = new Stemmer();
  const wanted = words
    .filter((word) => !stopwords.includes(word))
    .map((word) => [word, stemmer.stemWord(word)]);
  const scores = wanted.map((forms) => {
    const pages = new Map();
    for (const [term, places] of [...Object.entries(terms), ...Object.entries(titleterms)]) {
      const score = best(forms.map((form) => closeness(term.toLowerCase(), form)));
      if (score === 0) continue;
      for (const page of [places].flat()) pages.set(page, best([score, pages.get(page) ?? 0]));
    }
    return pages;
  });
  const found = new Map();
  for (const page of scores[0]?.keys() ?? []) {
    if (!scores.every((pages) => pages.has(page))) continue;
    found.set(
      page,
      scores.reduce((sum, pages) => sum + pages.get(page), 0),
    );
  }
  return [...found].sort(([, a], [, b]) => b - a).map(([page]) => page);
}

/** Sections whose title has the words, then pages whose text has them. */
function find(words, { alltitles, titles, docnames, ...index }) {
  const found = [];
  for (const [title, places] of Object.entries(alltitles)) {
    const inTitle = wordsOf(title);
    const scores = words.map((word) => best(inTitle.map((known) => closeness(known, word))));
    if (scores.includes(0)) continue;
    for (const [page, section] of places) {
      const isPage = titles[page] === title;
      found.push({
        page: titles[page],
        title: isPage ? "" : title,
        address: `${root}${docnames[page]}.html${section && !isPage ? `#${section}` : ""}`,
        rank: scores.reduce((sum, score) => sum + score / 3, 0) / inTitle.length + (isPage ? 1 : 0),
      });
    }
  }
  found.sort((a, b) => b.rank - a.rank);
  for (const page of findInText(words, index)) {
    // The browser scrolls to the word; one that cannot opens the page.
    const place = `#:~:text=${encodeURIComponent(words[0])}`;
    found.push({
      page: titles[page],
      title: `“${words.join(" ")}” in the text`,
      address: `${root}${docnames[page]}.html${place}`,
    });
  }
  return found.slice(0, LONGEST_LIST);
}

function showResults(box, query, results) {
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

async function search(box) {
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

for (const form of all(".search-form")) {
  const box = {
    input: form.querySelector("input"),
    status: form.parentElement.querySelector(".search-status"),
    list: form.parentElement.querySelector(".search-results"),
  };
  box.input.addEventListener("input", () => search(box));
  // Enter opens the first result from the dialog; on the search page, which a reader came to
  // for its list, it goes there.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await search(box);
    const first = box.list.querySelector("a");
    if (form.closest("dialog")) first?.click();
    else first?.focus();
  });
  // From the form, the first result is one arrow key away.
  form.parentElement.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [box.input, ...all("a", box.list)];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  if (!form.closest("dialog")) {
    box.input.value = new URLSearchParams(location.search).get("q") ?? "";
    search(box);
    box.input.focus();
  }
}

const dialog = document.getElementById("search-dialog");

function openSearch() {
  if (dialog.open) return;
  for (const open of all(":popover-open")) open.hidePopover();
  dialog.showModal();
  const input = dialog.querySelector("input");
  input.focus();
  input.select();
  loadIndex().catch(() => {});
}

for (const button of all(".search-open")) button.addEventListener("click", openSearch);
dialog.addEventListener("click", (event) => {
  // The dialog has no padding, so a click on itself is a click beside its content. A result
  // on this very page closes it too.
  if (event.target === dialog || event.target.closest("a")) dialog.close();
});
dialog.querySelector(".search-close").addEventListener("click", () => dialog.close());
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
  openSearch();
});
if (navigator.platform.startsWith("Mac")) {
  for (const key of all(".search-open kbd")) key.textContent = "⌘ K";
}

// --- contents of the page ------------------------------------------------------------------

const contents = document.getElementById("page-contents");
// The third level is not shown: its headings belong to the section above.
const entries = contents ? all('a[href^="#"]:not(ul ul ul a)', contents) : [];
const headings = entries.map((entry) => document.getElementById(decodeURIComponent(entry.hash.slice(1))));

/** Mark the section at the top of the window. */
function markSection() {
  let current = -1;
  headings.forEach((heading, number) => {
    if (heading && heading.getBoundingClientRect().top < innerHeight / 4) current = number;
  });
  entries.forEach((entry, number) => {
    if (number === current) entry.setAttribute("aria-current", "true");
    else entry.removeAttribute("aria-current");
  });
}

if (entries.length > 0) {
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      markSection();
    });
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("load", later);
  for (const entry of entries) {
    entry.addEventListener("click", () => contents.matches(":popover-open") && contents.hidePopover());
  }
}

// --- cells ---------------------------------------------------------------------------------

const firstCell = document.querySelector('[data-runs="browser"]');

// The runner says that it is there before the page has loaded.
if (firstCell) {
  addEventListener("load", () => {
    if (document.documentElement.dataset.kernel) return;
    const note = document.createElement("p");
    note.className = "no-runner";
    note.textContent =
      "Cells cannot run: a file of this page did not arrive. Reload the page to try again; " +
      "the recorded output is below each cell.";
    firstCell.before(note);
  });
}

// On a phone the toolbar's message lies over the text, so it goes away by itself.
const MESSAGE_TIME = 8000;
const toolbar = document.querySelector("[data-runner-toolbar]");
if (toolbar) {
  let timer = 0;
  new MutationObserver(() => {
    toolbar.dataset.message = "new";
    clearTimeout(timer);
    timer = setTimeout(() => (toolbar.dataset.message = "old"), MESSAGE_TIME);
  }).observe(toolbar, { childList: true, characterData: true, subtree: true });
}

// --- predictions ---------------------------------------------------------------------------

const ENDED = ["done", "error", "stopped", "failed"];

/**
 * Fold the recorded output that answers a question away until the reader has chosen, or has
 * run the cell. Only the screen folds it (cells.css), so that paper has it all.
 */
function foldAnswer(question, cell, output, number) {
  const row = document.createElement("div");
  row.className = "output-fold";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Show the recorded output";
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  row.append(button, said);
  output.id ||= `recorded-output-${number}`;
  button.setAttribute("aria-controls", output.id);

  const fold = (folded) => {
    output.toggleAttribute("data-folded", folded);
    button.setAttribute("aria-expanded", String(!folded));
    // Code that was folded has not been measured.
    if (!folded) whenIdle(addTabStops);
  };
  button.addEventListener("click", () => fold(!output.hasAttribute("data-folded")));

  const runs = new MutationObserver(() => {
    if (output.hidden || ENDED.includes(cell.dataset.state)) unfold();
  });
  const unfold = () => {
    runs.disconnect();
    if (row.contains(document.activeElement)) cell.focus();
    button.remove();
    if (output.hasAttribute("data-folded") && !output.hidden) {
      said.textContent = "The recorded output below the question is shown.";
    }
    fold(false);
  };
  question.addEventListener("change", unfold, { once: true });
  runs.observe(cell, { attributeFilter: ["data-state"] });
  runs.observe(output, { attributeFilter: ["hidden"] });
  output.before(row);
  fold(true);
}

/** The first example after a question, unless another question comes before it. */
function exampleAfter(question) {
  const places = all("article :is([data-checkpoint], .cell, .script)");
  const next = places[places.indexOf(question) + 1];
  return next?.matches("[data-checkpoint]") ? undefined : next;
}

all("[data-checkpoint]").forEach((question, number) => {
  if (question.querySelector(".checkpoint-kind")?.textContent !== "Predict, then run") return;
  // A browser that brings a page back brings its answers back too.
  if (question.querySelector("input:checked")) return;
  const example = exampleAfter(question);
  const output = example?.querySelector('[data-output="recorded"], :scope.drawn-at-build > .cell_output');
  if (output) foldAnswer(question, example, output, number + 1);
});

// --- terms ---------------------------------------------------------------------------------

const HOVER_PAUSE = 150;
const EDGE = 8; // pixels between a definition and the edge of the window

/**
 * Show a term's definition beside its link: while the mouse is on either, while the link has
 * the focus, and after a first tap; Escape hides it. Without a script it is the link's title.
 * Screen readers get it as the link's description, so what is shown is not read again.
 */
function defineTerms(links) {
  const tip = document.createElement("div");
  tip.className = "term-definition";
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  document.body.append(tip);
  let shown = null;
  let timer = 0;

  const hide = () => {
    clearTimeout(timer);
    tip.hidden = true;
    shown = null;
  };
  const show = (link) => {
    clearTimeout(timer);
    tip.textContent = link.getAttribute("aria-description");
    tip.hidden = false;
    shown = link;
    // A link may be broken over two lines: stay below the last one, or above the first.
    const lines = [...link.getClientRects()];
    const last = lines.at(-1);
    const right = document.body.clientWidth - tip.offsetWidth - EDGE;
    const below = last.bottom + tip.offsetHeight < innerHeight;
    tip.style.left = `${scrollX + Math.max(EDGE, Math.min(last.left, right))}px`;
    tip.style.top = `${scrollY + (below ? last.bottom : lines[0].top - tip.offsetHeight)}px`;
  };
  const later = (act) => {
    clearTimeout(timer);
    timer = setTimeout(act, HOVER_PAUSE);
  };
  const leave = () => later(() => shown !== document.activeElement && hide());

  for (const link of links) {
    link.setAttribute("aria-description", link.title);
    link.removeAttribute("title");
    let tappedFirst = false;
    link.addEventListener(
      "pointerenter",
      (event) => event.pointerType === "mouse" && later(() => show(link)),
    );
    link.addEventListener("pointerleave", leave);
    link.addEventListener("focus", () => show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("pointerdown", (event) => {
      tappedFirst = event.pointerType === "touch" && shown !== link;
    });
    link.addEventListener("click", (event) => {
      if (!tappedFirst) return;
      tappedFirst = false;
      event.preventDefault();
      show(link);
    });
  }
  // The mouse may go onto the definition, to read or to copy it.
  tip.addEventListener("pointerenter", () => clearTimeout(timer));
  tip.addEventListener("pointerleave", leave);
  addEventListener("pointerdown", (event) => {
    if (shown && event.target !== tip && !event.target.closest?.("a.term")) hide();
  });
  addEventListener("keydown", (event) => event.key === "Escape" && shown && hide());
  addEventListener("resize", hide);
}

const terms = all("article a.term[title]");
if (terms.length > 0) defineTerms(terms);

// --- code ----------------------------------------------------------------------------------

/** What a reader wants to paste: of a console session, only what was typed. */
function codeOf(block) {
  const lines = block.querySelector("pre").textContent.trimEnd().split("\n");
  const typed = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  return (typed.length > 0 ? typed : lines).join("\n");
}

function addCopyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(codeOf(block));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  block.append(button);
}

for (const block of all("article div.highlight")) {
  if (!block.closest(".cell-output")) addCopyButton(block);
}

/** What scrolls sideways must be reachable with the keyboard. */
function addTabStops() {
  const boxes = all("article pre, .pst-scrollable-table-container");
  // All sizes are read before anything changes, so that the page is laid out once.
  const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
  boxes.forEach((box, number) => {
    if (scrolls[number]) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
}

// Measuring has to wait for the layout, so it comes when there is nothing else to do.
const whenIdle = globalThis.requestIdleCallback ?? ((act) => setTimeout(act, 200));
whenIdle(addTabStops, { timeout: 2000 });
addEventListener("resize", () => whenIdle(addTabStops));

// --- offline -------------------------------------------------------------------------------

/** Whether a service worker serves this page: then the guide is saved, and may have a newer version. */
function isSaved() {
  try {
    return Boolean(navigator.serviceWorker?.controller);
  } catch {
    return false; // storage is forbidden
  }
}

if (document.querySelector("[data-offline]") || isSaved()) {
  import("../overlap/offline.js").catch(() => {
    const place = document.querySelector("[data-offline]");
    if (place) place.textContent = "A file of this page did not arrive. Reload the page to try again.";
  });
}
