/** What a page with cells does besides running them: it says when the runner is missing, and lets messages go. */
import { attributeOf, having } from "../../shared/attributes";

/** How long (ms) a message lies over the text of a narrow page. */
const MESSAGE_TIME = 8000;

/** Say so above the first cell if the runner has not come by the time the page has loaded. */
export function noteMissingRunner(): void {
  const firstCell = document.querySelector(having("runs", "browser"));
  if (!firstCell) return;
  addEventListener("load", () => {
    // The runner says that it is there before the page has loaded.
    if (attributeOf(document.documentElement, "kernel")) return;
    const note = document.createElement("p");
    note.className = "no-runner";
    note.textContent =
      "Cells cannot run: a file of this page did not arrive, or this browser is too old for it " +
      `(${MINIMUM_BROWSERS}, or a newer one, can). Reload the page to try again; ` +
      "the recorded output is below each cell.";
    firstCell.before(note);
  });
}

/** On a phone the toolbar's message lies over the text, so it goes away by itself. */
export function ageMessages(): void {
  const toolbar = document.querySelector<HTMLElement>(having("runner_toolbar"));
  if (!toolbar) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  new MutationObserver(() => {
    toolbar.dataset.message = "new";
    clearTimeout(timer);
    timer = setTimeout(() => (toolbar.dataset.message = "old"), MESSAGE_TIME);
  }).observe(toolbar, { childList: true, characterData: true, subtree: true });
}
