/** A button on each block of code that copies it. */
import { having } from "../../shared/attributes";
import { all, one } from "./dom";

/** Return what a reader wants to paste: of a console session, only what was typed. */
function codeOf(block: HTMLElement): string {
  const lines = (one("pre", block).textContent ?? "").trimEnd().split("\n");
  const typed = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  return (typed.length > 0 ? typed : lines).join("\n");
}

function addCopyButton(block: HTMLElement): void {
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

/** Put a button on all code that is not output. */
export function offerCopies(): void {
  for (const block of all("article div.highlight")) {
    if (!block.closest(having("output"))) addCopyButton(block);
  }
}
