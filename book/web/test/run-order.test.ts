// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import {
  cell,
  cellHtml,
  editors,
  end,
  fakes,
  kernel,
  live,
  NOTHING,
  OK,
  openPage,
  press,
  restart,
  running,
  state,
  status,
} from "./runner-page";

test("each Run all says that all cells ran once all have, and not before", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  for (let time = 0; time < 2; time++) {
    press("Run all");
    await end(1);
    expect(status()).toBe("");
    await end(2);
    expect(status()).toBe("All 2 cells ran.");
  }
});

test("Run all does not outlive a Restart", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  press("Run all");
  await running(1);
  await restart();
  for (const number of [1, 2]) {
    press("Run", cell(number));
    await end(number);
  }
  expect(status()).toBe("");
});

test("Run all does not outlive a cell that was taken out of its queue", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  press("Run all");
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110)); // sooner is the same press again
  press("Stop", cell(2));
  await end(1);
  press("Run", cell(2));
  await end(2);
  expect(status()).toBe("");
});

test("Run runs what the cell needs first, each in its place, and says so", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3), cellHtml(4, "1 3", "photos:3"));
  press("Run", cell(4));
  await running(1);
  expect(live(4).textContent).toContain("Running cells 1 and 3 first, which define photos.");
  await end(1);
  await end(3);
  await running(4);
  expect(live(4).textContent).toContain("Ran cells 1 and 3 first");
  await end(4);
  expect(live(4).textContent).toContain("Ran cells 1 and 3 first, which define photos.");
  expect([1, 2, 3, 4].map(state)).toEqual(["done", "idle", "done", "done"]);
});

test("what has run, or runs before, is not run again", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3, "1 2"));
  press("Run", cell(1));
  await end(1);
  press("Run", cell(2));
  press("Run", cell(3));
  await end(2);
  await end(3);
  expect([1, 2, 3].map(state)).toEqual(["done", "done", "done"]);
  expect(live(3).textContent).not.toContain("first");
});

test("when a needed cell fails, the cell says so and can be run anyway", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Run", cell(2));
  const error = { type: "ValueError", message: "", text: "", frames: [], missing: null, tree: null, all: [] };
  await end(1, { ...OK, ok: false, error });
  expect(state(2)).toBe("idle");
  expect(live(2).textContent).toContain("Not run: cell 1, which it needs, ended with an error.");
  press("Run anyway", cell(2));
  await running(2);
});

test("Stop on a needed cell names it at the cell that wanted it", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Run", cell(2));
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110)); // sooner is the same press again
  press("Stop", cell(1));
  await vi.waitFor(() => expect(state(2)).toBe("idle"));
  expect(live(2).textContent).toContain("Not run: cell 1, which it needs, was stopped.");
});

test("a cell that is taken out of the queue takes with it what waited for its sake", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3), cellHtml(4, "1 2 3"), cellHtml(5, "2"));
  press("Run", cell(4));
  press("Run", cell(5));
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110));
  press("Stop", cell(4));
  await vi.waitFor(() => expect(state(4)).toBe("stopped"));
  expect([1, 2, 3, 4, 5].map(state)).toEqual(["running", "starting", "idle", "stopped", "starting"]);
});

test("what an edited cell needs comes from its code", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3, "1"));
  press("Edit", cell(3));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  editors[0]?.change("print(two)");
  fakes.needsOf = (sources) =>
    String(sources) === "source 1,source 2,print(two)" ? { cells: [2], names: { two: 2 } } : NOTHING;
  press("Run", cell(3));
  await end(2);
  await end(3);
  expect(live(3).textContent).toContain("Ran cell 2 first, which defines two.");
  expect(state(1)).toBe("idle");
});

test("an edited cell is not asked for what the published one needs", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Edit", cell(2));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  editors[0]?.change("print(1)");
  press("Run", cell(2));
  await running(2);
  expect(kernel().waiting[0]?.request).toMatchObject({ cell: 2, code: "print(1)" });
});
