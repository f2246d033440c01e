import { expect, test } from "vitest";
import type { Output } from "../src/shared/protocol";
import { MAX_DISPLAY_CHARS, MAX_DISPLAYS, Outbox } from "../src/worker/outbox";

/** An outbox with a clock that stands still; `timers` run when the test says so. */
function stopped() {
  const posts: Output[][] = [];
  const timers: (() => void)[] = [];
  const clock = { now: 0 };
  const outbox = new Outbox(
    (items) => posts.push(items),
    () => clock.now,
    (callback) => timers.push(callback),
  );
  return { outbox, posts, timers, clock };
}

const line = (text: string, run = 1): Output => ({ type: "stream", run, name: "stdout", text });
const shown = (text: string, displayId: string | null = null, update = false): Output => ({
  type: "display",
  run: 1,
  data: { "text/plain": text },
  metadata: {},
  displayId,
  update,
});
const all = (posts: Output[][]) => posts.flat();

test("a printed line goes out at once, with the newline that print writes separately", () => {
  const { outbox, posts } = stopped();
  outbox.push(line("hello"));
  expect(posts).toEqual([]);
  outbox.push(line("\n"));
  expect(all(posts)).toEqual([line("hello\n")]);
});

test("text without a newline goes out when the worker is free", () => {
  const { outbox, posts, timers } = stopped();
  outbox.push(line("working"));
  timers.shift()?.();
  expect(all(posts)).toEqual([line("working")]);
});

test("a flood is sent in few posts, and none of it is lost or reordered", () => {
  const { outbox, posts, clock } = stopped();
  for (let i = 0; i < 100_000; i++) {
    clock.now += 0.01;
    outbox.push(line(`${i}\n`));
  }
  outbox.flush();
  expect(posts.length).toBeLessThan(300);
  const text = all(posts)
    .map((item) => (item.type === "stream" ? item.text : ""))
    .join("");
  expect(text).toBe(Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join(""));
});

test("what waits is sent bit by bit while the worker is free", () => {
  const { outbox, posts, timers, clock } = stopped();
  for (let i = 0; i < 1000; i++) outbox.push(line(`${i}\n`));
  const before = posts.length;
  clock.now += 25;
  timers.shift()?.();
  expect(posts.length).toBe(before + 1);
  expect(timers).toEqual([]);
});

test("stdout and stderr stay in order and apart", () => {
  const { outbox, posts } = stopped();
  outbox.push(line("a"));
  outbox.push({ type: "stream", run: 1, name: "stderr", text: "b" });
  outbox.push(line("c"));
  outbox.flush();
  expect(all(posts).map((item) => item.type === "stream" && item.name + item.text)).toEqual([
    "stdouta",
    "stderrb",
    "stdoutc",
  ]);
});

test("updates of one display replace each other while they wait", () => {
  const { outbox, posts } = stopped();
  outbox.push(shown("0", "h"));
  for (let i = 1; i <= 5000; i++) outbox.push(shown(String(i), "h", true));
  outbox.flush();
  expect(all(posts).length).toBeLessThan(500);
  expect(all(posts).at(-1)).toEqual(shown("5000", "h", true));
});

test("clearing drops what was not sent; clearing with wait keeps it", () => {
  const { outbox, posts } = stopped();
  outbox.push(line("old"));
  outbox.push({ type: "clear", run: 1, wait: false });
  outbox.push(line("new"));
  outbox.push({ type: "clear", run: 1, wait: true });
  outbox.flush();
  expect(all(posts)).toEqual([
    { type: "clear", run: 1, wait: false },
    line("new"),
    { type: "clear", run: 1, wait: true },
  ]);
});

test("clearing one run leaves another run's text alone", () => {
  const { outbox, posts } = stopped();
  outbox.push(line("background", 1));
  outbox.push({ type: "clear", run: 2, wait: false });
  outbox.flush();
  expect(all(posts)).toContainEqual(line("background", 1));
});

test("displays stop at a limit, and the last one says so", () => {
  const { outbox, posts } = stopped();
  for (let i = 0; i < MAX_DISPLAYS + 50; i++) outbox.push(shown(String(i)));
  outbox.flush();
  expect(all(posts)).toHaveLength(MAX_DISPLAYS + 1);
  expect(JSON.stringify(all(posts).at(-1))).toContain("Displays stop here");
});

test("a huge display is replaced by a sentence", () => {
  const { outbox, posts } = stopped();
  outbox.push(shown("x".repeat(MAX_DISPLAY_CHARS + 1)));
  expect(JSON.stringify(all(posts))).toContain("Displays stop here");
});

test("the sentence about the limit leaves a worker that never gives way", () => {
  const { outbox, posts } = stopped();
  for (let i = 0; i < 1000; i++) outbox.push(line(`${i}\n`));
  outbox.push({ type: "full", run: 1 });
  expect(all(posts).at(-1)).toEqual({ type: "full", run: 1 });
});

test("that displays stop is said at once, to a cell that never gives way too", () => {
  const { outbox, posts } = stopped();
  for (let i = 0; i < MAX_DISPLAYS; i++) outbox.push(shown("x".repeat(20_000)));
  expect(all(posts).length).toBeLessThan(MAX_DISPLAYS); // the rest waits for the cell to give way
  outbox.push(shown("one more"));
  expect(all(posts)).toHaveLength(MAX_DISPLAYS + 1);
  expect(JSON.stringify(all(posts).at(-1))).toContain("Displays stop here");
});
