// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import type { TasksLeft } from "../src/shared/protocol";
import {
  cell,
  cellHtml,
  end,
  findButton,
  kernel,
  live,
  OK,
  openPage,
  press,
  print,
  restart,
  state,
} from "./runner-page";

const rows = (number: number) => [...cell(number).querySelectorAll(".run-going-on")];
const left = (run: number, count: number, failed = 0): TasksLeft => ({
  run,
  count,
  names: ["a", "b", "c"].slice(0, count),
  failed,
});
const tell = (...news: TasksLeft[]) => kernel().handlers.tasks(news);

async function leaveTasks(count: number, run = 1): Promise<void> {
  press("Run", cell(1));
  await end(1, { ...OK, left: left(run, count) });
}

test("a cell says which tasks go on, and is done when they are", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(5);
  expect(state(1)).toBe("ongoing");
  expect(rows(1)[0]?.textContent).toBe("5 tasks go on: a, b, c and 2 more.Stop");
  expect(live(1).textContent).not.toContain("printed nothing");
  tell(left(1, 1));
  expect(rows(1)[0]?.textContent).toContain("1 task goes on: a.");
  expect(rows(1)[0]?.getAttribute("aria-live")).toBe("off"); // the first sentence was read out
  tell(left(1, 0));
  expect(state(1)).toBe("done");
  expect(rows(1)).toEqual([]);
  expect(live(1).textContent).toContain("The cell printed nothing.");
});

test("what comes after the end takes the place of the sentence that there was nothing", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(0);
  expect(live(1).textContent).toContain("The cell printed nothing.");
  print(1, 1);
  expect(live(1).textContent).not.toContain("The cell printed nothing.");
});

test("a task that fails makes its cell one that ended with an error", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(1);
  tell(left(1, 0, 1));
  expect(state(1)).toBe("error");
});

test("the tasks of an earlier run have a button of their own, and what they print is marked", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(2);
  await leaveTasks(1, 2);
  expect(rows(1).map((row) => row.textContent)).toEqual([
    "1 task goes on: a.Stop",
    "2 tasks of an earlier run go on: a and b.Stop the earlier tasks",
  ]);
  print(1, 1);
  await vi.waitFor(() => expect(live(1).querySelector(".stream-name")?.textContent).toBe("an earlier run"));
  tell(left(1, 0));
  expect(state(1)).toBe("ongoing");
  expect(rows(1)).toHaveLength(1);
});

test("Stop asks for the tasks of a run, then for an interrupt", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(2);
  const asked: unknown[] = [];
  (kernel() as unknown as { stopTasks: unknown }).stopTasks = async (...args: unknown[]) => asked.push(args);
  findButton("Stop", rows(1)[0])?.click();
  expect(rows(1)[0]?.textContent).toContain("Stopping.");
  findButton("Stop", rows(1)[0])?.click();
  expect(asked).toEqual([
    [[1], false, false],
    [[1], true, false],
  ]);
  tell(left(1, 0));
  expect(state(1)).toBe("stopped");
  expect(live(1).textContent).toContain("Stopped 2 tasks that went on.");
});

test("Restart ends them", async () => {
  await openPage(cellHtml(1));
  await leaveTasks(2);
  await restart();
  expect(state(1)).toBe("stopped");
  expect(rows(1)).toEqual([]);
});
