/** Marks the failing line in the published code of a cell. */
import { setAttribute } from "../shared/attributes";
import type { CellView } from "./cell";

const CLASS = "line-failed";

/** Mark line `line` of the cell's code, and no other; null marks none. */
export function markLine(cell: Pick<CellView, "element" | "input">, line: number | null): void {
  for (const mark of cell.input.querySelectorAll(`pre .${CLASS}`)) {
    mark.replaceWith(...mark.childNodes);
  }
  cell.input.querySelector("pre")?.normalize();
  setAttribute(cell.element, "error_line", line === null ? null : String(line));
  if (line === null) return;
  const pre = cell.input.querySelector("pre");
  const nodes = pre && lineNodes(pre, line);
  if (!nodes?.length) return;
  const mark = document.createElement("mark");
  mark.className = CLASS;
  nodes[0]?.before(mark);
  mark.append(...nodes);
}

/** Return the nodes of one line. Pygments closes its spans at the end of each line. */
function lineNodes(pre: HTMLElement, line: number): ChildNode[] {
  const nodes: ChildNode[] = [];
  let current = 1;
  let node = pre.firstChild;
  while (node && current <= line) {
    if (node instanceof Text) {
      const end = node.data.indexOf("\n");
      if (end >= 0 && end < node.length - 1) node.splitText(end + 1);
    }
    const text = node.textContent ?? "";
    const blank = node instanceof Text && text.trim() === "";
    if (current === line && !(blank && (text.includes("\n") || nodes.length === 0))) nodes.push(node);
    current += text.split("\n").length - 1;
    node = node.nextSibling;
  }
  return nodes;
}
