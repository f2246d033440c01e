/** Draws an exception: where it was raised, a group as a tree, its text, and a hint. */

import { setAttribute } from "../shared/attributes";
import { CELL_FILE_PREFIX } from "../shared/contract";
import type { CellError, ErrorNode } from "../shared/protocol";
import type { CellView } from "./cell";
import type { Hint } from "./hints";
import { seconds, text } from "./text";

type Make = CellView["dom"]["make"];

/** A tree of more exceptions than this opens with its inner groups closed. */
const SMALL = 12;

/** Matches the line of a traceback that says where in a cell the code stands; in a group it is indented by `|`. */
const OWN_FRAME = new RegExp(`^[\\s|]*File "${CELL_FILE_PREFIX}\\d+", line \\d+`);

/** Draw an exception with its traceback, which is cut to the reader's frames. */
export function drawError(error: CellError, make: Make): HTMLElement {
  const block = make("div", "output traceback");
  block.append(make("p", "traceback-title", text.errorTitle(error)));
  if (!error.tree) {
    block.append(traceback(error, make));
    return block;
  }
  const list = make("ul", "error-tree");
  list.append(branch(error.tree, size(error.tree) <= SMALL, make, true));
  const whole = make("details", "whole-traceback");
  whole.append(make("summary", "", text.wholeTraceback), traceback(error, make));
  block.append(list, whole);
  return block;
}

function traceback(error: CellError, make: Make): HTMLElement {
  const pre = make("pre", "");
  const lines = error.text.replace(/\n$/, "").split("\n");
  lines.forEach((line, index) => {
    if (index > 0) pre.append("\n");
    if (OWN_FRAME.test(line)) pre.append(make("span", "traceback-frame", line));
    else if (index === lines.length - 1) pre.append(make("strong", "traceback-error", line));
    else pre.append(line);
  });
  return pre;
}

function size(node: ErrorNode): number {
  const below = [...node.members, ...(node.because ? [node.because] : [])];
  return below.reduce((sum, each) => sum + size(each), 1);
}

/** Draw one exception of a tree, and what is below it. A list of lists reads well aloud, too. */
function branch(node: ErrorNode, open: boolean, make: Make, top = false): HTMLElement {
  const item = make("li", "");
  const name = make("span", "error-node");
  name.append(make("strong", "", text.exception(node.type, node.message)));
  if (node.cell !== null && node.line !== null) name.append(` (${text.place(node.cell, node.line)})`);
  const count = node.members.length + node.leftOut;
  if (count > 0) name.append(`, ${text.inGroup(count)}`);
  const below = make("ul", "");
  below.append(...node.members.map((member) => branch(member, open, make)));
  if (node.leftOut > 0) below.append(make("li", "", text.leftOutOfTree(node.leftOut)));
  if (count > 0) {
    const details = make("details", "");
    const summary = make("summary", "");
    details.open = open || top;
    summary.append(name);
    details.append(summary, below);
    item.append(details);
  } else {
    item.append(name);
  }
  if (node.because) {
    const from = branch(node.because, open, make);
    from.prepend(make("span", "error-because", `${text.becauseOf(node.stated)}: `));
    const list = make("ul", "");
    list.append(from);
    item.append(list);
  }
  return item;
}

/** Draw a hint: its sentence, and a link to the place in the guide that teaches it. */
export function drawHint(hint: Hint, held: number, make: Make): HTMLElement {
  const root = document.documentElement.dataset.content_root ?? "./";
  const row = make("p", "run-message run-hint");
  setAttribute(row, "hint", hint.id);
  const link = make("a", "");
  link.href = root + hint.page;
  link.append(...withCode(hint.title, make));
  row.append(
    ...withCode(hint.say.replace("{held}", seconds(held * 1000)), make),
    ` ${text.learnMore} `,
    link,
    ".",
  );
  return row;
}

/** Turn what stands in backticks into code. */
function withCode(content: string, make: Make): (string | HTMLElement)[] {
  return content.split("`").map((words, index) => (index % 2 ? make("code", "", words) : words));
}
