import { expect, test } from "vitest";
import { momentAt, type Recording } from "../src/page/player";

const task = (state: string, more = {}) => ({
  state,
  detail: "",
  line: null,
  source: "",
  waits_for: "",
  ...more,
});
const step = (more: object) => ({
  time: 0,
  time_text: "0 s",
  kind: "step",
  task: null,
  text: "…",
  ready: [],
  timers: [],
  tasks: [],
  printed: 0,
  shared: {},
  ...more,
});

const RECORDING: Recording = {
  tasks: ["main", "fetch"],
  output: "😀 one\ntwo\n",
  ending: { kind: "returned", text: "main returned None" },
  steps: [
    step({ kind: "start", text: "ready to start", tasks: [task("ready")] }),
    step({
      task: 0,
      text: "main started",
      shared: { n: "0" },
      printed: 6,
      ready: [{ task: 1, kind: "step", text: "fetch" }],
      tasks: [
        task("waiting", { waits_for: "task fetch", line: 3, source: "await fetch()" }),
        task("ready", { line: 7 }),
      ],
    }),
    step({
      kind: "clock",
      time: 0.125,
      time_text: "0.13 s",
      text: "the clock moves",
      shared: { n: "0" },
      printed: 6,
      timers: [{ when_text: "0.30 s", task: 1, kind: "asyncio", text: "wake fetch" }],
      tasks: [task("waiting"), task("waiting")],
    }),
    step({
      task: 1,
      time: 0.3,
      time_text: "0.30 s",
      text: "fetch ended",
      shared: { n: "1" },
      printed: 10,
      tasks: [task("ready"), task("returned", { detail: "'x'" })],
    }),
  ],
};

test("a moment says what the recording says", () => {
  const first = momentAt(RECORDING, 1);
  expect(first.line).toEqual({ number: 3, source: "await fetch()" });
  expect(first.shared).toEqual([{ name: "n", value: "0", before: null }]);
  expect(first.tasks[0]).toEqual({ name: "main", state: "waiting for task fetch, line 3", ran: true });
  expect(first.ready).toEqual(["fetch"]);
  expect(first.column).toBe(0);
  // Python counts characters, not halves of them.
  expect(first.output).toBe("😀 one\n");
});

test("what has changed is told from what has not", () => {
  expect(momentAt(RECORDING, 2).shared[0]).toEqual({ name: "n", value: "0", before: null });
  const last = momentAt(RECORDING, 3);
  expect(last.shared[0]).toEqual({ name: "n", value: "1", before: "0" });
  expect(last.tasks[1]).toEqual({ name: "fetch", state: "returned 'x'", ran: true });
  expect(last.column).toBe(1);
});

test("timers have their time, tasks that do not exist yet say so, and other steps have no line", () => {
  expect(momentAt(RECORDING, 2).timers).toEqual(["0.30 s: wake fetch"]);
  expect(momentAt(RECORDING, 0).tasks[1]?.state).toBe("not created yet");
  expect(momentAt(RECORDING, 2).line).toBe(null);
  expect(() => momentAt(RECORDING, 4)).toThrow(RangeError);
});

test("times are shown as Python wrote them", () => {
  expect([0, 1, 2, 3].map((number) => momentAt(RECORDING, number).time)).toEqual([
    "0 s",
    "0 s",
    "0.13 s",
    "0.30 s",
  ]);
});
