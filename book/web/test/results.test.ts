// @vitest-environment jsdom
import { expect, test } from "vitest";
import {
  cell,
  cellHtml,
  end,
  kernel,
  label,
  live,
  OK,
  openPage,
  press,
  print,
  restart,
  running,
  status,
} from "./runner-page";

test("when Restart ends a run, its label says that it was stopped", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await running(1);
  print(1, 1);
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · running");
  await restart();
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · stopped");
  expect(live(1).textContent).toContain("from 1");
});

test("when Python dies in a run, its label says so", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await running(1);
  print(1, 1);
  kernel().handlers.died("no memory");
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · ended unexpectedly");
});

test("what Restart says about old outputs goes away with the next run", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await end(1);
  await restart();
  expect(status()).toContain("outputs on this page are from before");
  press("Run", cell(1));
  await end(1);
  expect(status()).toBe("");
});

test("a module that is not here gets a sentence on where it would be", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  const error = {
    type: "ModuleNotFoundError",
    message: "",
    text: "",
    frames: [],
    missing: "numpy",
    tree: null,
    all: [],
  };
  await end(1, { ...OK, ok: false, error });
  expect(live(1).textContent).toContain("Python's standard library only, not numpy");
});
