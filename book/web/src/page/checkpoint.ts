/** Entry for pages with checkpoints: shows the explanation of the chosen answer. */
function answer(checkpoint: HTMLElement, input: HTMLInputElement): void {
  const place = checkpoint.querySelector<HTMLElement>(".checkpoint-answer");
  const explanation = input.closest(".choice")?.querySelector<HTMLElement>(".explanation");
  if (!place || !explanation) return;
  const right = explanation.dataset.right === "true";
  checkpoint.dataset.answered = right ? "right" : "wrong";
  place.replaceChildren(...[...explanation.cloneNode(true).childNodes]);
}

for (const checkpoint of document.querySelectorAll<HTMLElement>("[data-checkpoint]")) {
  for (const explanation of checkpoint.querySelectorAll<HTMLElement>(".explanation")) {
    explanation.hidden = true;
  }
  checkpoint.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === "radio") answer(checkpoint, target);
  });
  // A browser restores the choice of a page it goes back to.
  const chosen = checkpoint.querySelector<HTMLInputElement>("input:checked");
  if (chosen) answer(checkpoint, chosen);
}
