// @vitest-environment jsdom
import { expect, test } from "vitest";
import { readQuestion } from "../src/page/chooser";

const LIST = `<ul>
<li><p><strong>It waits</strong>, for a <em>network</em> or a disk. Do the <code>libraries</code> have it?</p><ul>
  <li><p><strong>Yes.</strong> Take <a href="a.html">tasks</a>.</p></li>
  <li><p><strong>No</strong>: they block. Take <a href="b.html">threads</a>.</p><p>Mind the limit.</p></li>
</ul></li>
<li><p><strong>It computes</strong> Whose code?</p><ul>
  <li><p><strong>Mine</strong> <a href="c.html">processes</a></p></li>
  <li><p><strong>A 3.14 library</strong> is used. <a href="d.html">threads</a></p></li>
</ul></li>
</ul>`;

const text = (nodes: Node[]): string =>
  nodes
    .map((node) => node.textContent)
    .join("")
    .replace(/\s+/g, " ")
    .trim();

test("answers, questions and advice are told apart", () => {
  document.body.innerHTML = LIST;
  const [waits, computes] = readQuestion([], document.querySelector("ul")!).answers;
  expect([waits!.label, text(waits!.more)]).toEqual(["It waits", ", for a network or a disk."]);
  expect(text(waits!.next!.words)).toBe("Do the libraries have it?");
  const [yes, no] = waits!.next!.answers;
  expect([yes!.more, text(yes!.advice), yes!.next]).toEqual([[], "Take tasks.", null]);
  expect([text(no!.more), text(no!.advice)]).toEqual([": they block.", "Take threads.Mind the limit."]);
  expect(computes!.more).toEqual([]);
  expect(text(computes!.next!.words)).toBe("Whose code?");
  const [mine, library] = computes!.next!.answers;
  expect([mine!.more, text(mine!.advice)]).toEqual([[], "processes"]);
  expect([text(library!.more), text(library!.advice)]).toEqual(["is used.", "threads"]);
});

test("reading takes nothing out of the page", () => {
  document.body.innerHTML = LIST;
  const list = document.querySelector("ul")!;
  const before = list.innerHTML;
  readQuestion([], list);
  expect(list.innerHTML).toBe(before);
});
