/**
 * "Predict, then run": the recorded output that answers such a question is folded away until the
 * reader has chosen, or has run the cell. Only the screen folds it (cells.css), so that paper has it all.
 */
import { attributeOf, having } from "../../shared/attributes";
import { ATTRIBUTES, type CellState } from "../../shared/contract";
import { all } from "./dom";
import { updateTabStops } from "./tab-stops";

const QUESTION = having("checkpoint");

/** States of a cell that has run. */
const ENDED: readonly (CellState | null)[] = ["done", "error", "stopped", "failed"];

/** Fold `output` of `cell` away; `number` is that of the question. */
function foldAnswer(question: HTMLElement, cell: HTMLElement, output: HTMLElement, number: number): void {
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

  const fold = (folded: boolean): void => {
    output.toggleAttribute("data-folded", folded);
    button.setAttribute("aria-expanded", String(!folded));
    if (!folded) updateTabStops();
  };
  button.addEventListener("click", () => fold(!output.hasAttribute("data-folded")));

  const runs = new MutationObserver(() => {
    if (output.hidden || ENDED.includes(attributeOf(cell, "state"))) unfold();
  });
  const unfold = (): void => {
    runs.disconnect();
    if (row.contains(document.activeElement)) cell.focus();
    button.remove();
    if (output.hasAttribute("data-folded") && !output.hidden) {
      said.textContent = "The recorded output below the question is shown.";
    }
    fold(false);
  };
  question.addEventListener("change", unfold, { once: true });
  runs.observe(cell, { attributeFilter: [ATTRIBUTES.state] });
  runs.observe(output, { attributeFilter: ["hidden"] });
  output.before(row);
  fold(true);
}

/** Return the first example after a question, unless another question comes before it. */
function exampleAfter(question: HTMLElement): HTMLElement | undefined {
  // `.cell` and `.cell_output` are MyST-NB's; a cell that is only drawn at build has nothing else.
  const places = all(`article :is(${QUESTION}, .cell, ${having("script")})`);
  const next = places[places.indexOf(question) + 1];
  return next?.matches(QUESTION) ? undefined : next;
}

/** Fold away what answers the questions of this page that come before an example. */
export function foldAnswers(): void {
  all(QUESTION).forEach((question, number) => {
    if (!question.matches(having("predict"))) return;
    // A browser that brings a page back brings its answers back too.
    if (question.querySelector("input:checked")) return;
    const example = exampleAfter(question);
    const output = example?.querySelector<HTMLElement>(
      `${having("output", "recorded")}, :scope > .cell_output`,
    );
    if (example && output) foldAnswer(question, example, output, number + 1);
  });
}
