/** Entry of pages with checkpoints: shows the explanation of the chosen answer. */
import { attributeOf, having } from "../shared/attributes";

/** Explanations; a choice has its radio button and this. */
const EXPLANATION = having("right");

function answer(checkpoint: HTMLElement, input: HTMLInputElement): void {
  const place = checkpoint.querySelector("[aria-live]");
  const explanation = input.parentElement?.querySelector<HTMLElement>(EXPLANATION);
  if (!place || !explanation) return;
  const right = attributeOf(explanation, "right") === "true";
  checkpoint.dataset.answered = right ? "right" : "wrong";
  place.replaceChildren(...[...explanation.cloneNode(true).childNodes]);
}

for (const checkpoint of document.querySelectorAll<HTMLElement>(having("checkpoint"))) {
  for (const explanation of checkpoint.querySelectorAll<HTMLElement>(EXPLANATION)) {
    explanation.hidden = true;
  }
  checkpoint.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === "radio") answer(checkpoint, target);
  });
  // A browser restores the choice of a page it goes back to.
  const chosen = checkpoint.querySelector<HTMLInputElement>("input:checked");
  if (chosen) answer(checkpoint, chosen);
}
