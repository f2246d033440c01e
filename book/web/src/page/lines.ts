/** Finds where the lines of a cell's code are on the screen, published or in the editor. */

const CLASS = "line-traced";

/** Mark these lines of the code in `input`, and no others. The code itself is not touched. */
export function markLines(input: HTMLElement, lines: readonly number[]): void {
  for (const old of input.querySelectorAll(`:scope > .${CLASS}`)) old.remove();
  const frame = input.getBoundingClientRect();
  for (const line of new Set(lines)) {
    const box = lineBox(input, line);
    if (!box) continue;
    const mark = document.createElement("div");
    mark.className = CLASS;
    mark.style.top = `${box.top - frame.top}px`;
    mark.style.height = `${box.height}px`;
    input.append(mark);
  }
}

/** Return the line of code at this height of the window, or null. */
export function lineAt(input: HTMLElement, y: number): number | null {
  const last = codeOf(input)?.textContent?.split("\n").length ?? 0;
  const count = editorLines(input)?.length ?? last;
  for (let line = 1; line <= count; line++) {
    const box = lineBox(input, line);
    if (box && y >= box.top && y < box.bottom) return line;
  }
  return null;
}

/** Return the box of one line; null if it is empty, not there, or not shown. */
function lineBox(input: HTMLElement, line: number): DOMRect | null {
  const inEditor = editorLines(input);
  if (inEditor) return inEditor[line - 1]?.getBoundingClientRect() ?? null;
  const code = codeOf(input);
  if (!code) return null;
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  let at = 1;
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const content = node.nodeValue ?? "";
    for (let from = 0; from <= content.length; ) {
      const end = content.indexOf("\n", from);
      const to = end < 0 ? content.length : end;
      if (at === line && to > from) {
        range.setStart(node, from);
        range.setEnd(node, to);
        const box = range.getBoundingClientRect();
        return box.height > 0 ? box : null;
      }
      if (end < 0) break;
      at += 1;
      from = end + 1;
    }
  }
  return null;
}

function editorLines(input: HTMLElement): HTMLElement[] | null {
  const editor = input.querySelector(".cm-content");
  return editor && [...editor.querySelectorAll<HTMLElement>(".cm-line")];
}

function codeOf(input: HTMLElement): HTMLElement | null {
  return input.querySelector("pre");
}
