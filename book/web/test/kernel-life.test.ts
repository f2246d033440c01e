// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GIVE_BACK_AFTER_MINUTES } from "../src/shared/contract";
import {
  cell,
  cellHtml,
  end,
  fakes,
  findButton,
  kernel,
  kernels,
  live,
  OK,
  openPage,
  practice,
  press,
  restart,
  running,
  state,
  status,
} from "./runner-page";

test("the keyboard focus on a cell starts Python, and a failure is said when it is asked for", async () => {
  fakes.starts = false;
  await openPage(cellHtml(1));
  findButton("Run", cell(1))?.focus();
  await vi.waitFor(() => expect(kernels).toHaveLength(1));
  await vi.waitFor(() => expect(document.documentElement.dataset.kernel).toBe("off"));
  expect(status()).toBe("");
  press("Run", cell(1));
  await vi.waitFor(() => expect(state(1)).toBe("failed"));
  expect(live(1).textContent).toContain("Python could not start: no network");
});

test("after a start that failed only the reader starts Python again", async () => {
  fakes.starts = false;
  await openPage(cellHtml(1), cellHtml(2));
  press("Run", cell(1));
  await vi.waitFor(() => expect(state(1)).toBe("failed"));
  const before = kernels.length;
  findButton("Run", cell(2))?.focus(); // intent
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(kernels.length).toBe(before);
  fakes.starts = true;
  press("Retry", cell(1));
  await running(1);
});

test("with Save-Data nothing starts before Run is pressed", async () => {
  vi.stubGlobal("navigator", { connection: { saveData: true } });
  await openPage(cellHtml(1));
  findButton("Run", cell(1))?.focus();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(kernels).toHaveLength(0);
  press("Run", cell(1));
  await running(1);
});

test("what the first run downloads stands next to Run until Python is here", async () => {
  const toolbar = '<div data-runner-toolbar data-kernel-version="1" data-first-run-mb="7"></div>';
  await openPage(toolbar, cellHtml(1), cellHtml(2));
  const cost = () => document.querySelectorAll(".run-cost").length;
  expect(cell(2).querySelector(".run-cost")?.textContent).toBe("First run: about 7 MB, once");
  expect(findButton("Run", cell(2))?.getAttribute("aria-describedby")).toBe("cell-2-cost");
  press("Run", cell(1));
  await running(1);
  expect(cost()).toBe(0);
  await openPage(toolbar, cellHtml(1)); // another page, on which Python starts when it is idle
  expect(cost()).toBe(0);
  await vi.waitFor(() => expect(kernel()?.ready).toBe(true));
});

test("Restart says nothing about outputs when there are none", async () => {
  await openPage(cellHtml(1));
  fakes.starts = false;
  press("Run", cell(1));
  await vi.waitFor(() => expect(kernels).toHaveLength(1));
  await restart();
  expect(status()).toBe("Python was restarted.");
});

const withServer = (number: number): string =>
  cellHtml(number).replace(`source ${number}`, "import practice_server");

test("a cell that uses the practice server waits until that is there; once for each Python", async () => {
  let come = (): void => undefined;
  practice.there = new Promise((resolve) => (come = resolve));
  practice.starts = 0;
  await openPage(withServer(1), cellHtml(2));
  press("Run", cell(1));
  await vi.waitFor(() => expect(practice.starts).toBe(1));
  expect(kernel().waiting).toEqual([]);
  come();
  await end(1, { ...OK, practice: { real: 2 } });
  expect(live(1).textContent).toContain("The practice server was real");
  expect(live(1).textContent).toContain("answered 2 HTTP requests");
  press("Run", cell(1));
  await end(1, { ...OK, practice: { simulated: 2 } });
  expect(live(1).textContent).toContain("The practice server was simulated");
  press("Run", cell(2));
  await end(2);
  expect(live(2).textContent).not.toContain("practice server");
  expect(practice.starts).toBe(1);
  await restart();
  press("Run", cell(1));
  await end(1);
  expect(practice.starts).toBe(2);
});

test("a cell that is stopped while the practice server comes does not run", async () => {
  let come = (): void => undefined;
  practice.there = new Promise((resolve) => (come = resolve));
  practice.starts = 0;
  await openPage(withServer(1));
  press("Run", cell(1));
  await vi.waitFor(() => expect(practice.starts).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 110));
  press("Stop", cell(1));
  come();
  await vi.waitFor(() => expect(state(1)).toBe("stopped"));
  expect(kernel().waiting).toEqual([]);
});

describe("in the background", () => {
  const tab = { hidden: false };
  const turn = (hidden: boolean): void => {
    tab.hidden = hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const long = GIVE_BACK_AFTER_MINUTES * 60_000;
  const kernelState = () => document.documentElement.dataset.kernel;

  beforeEach(() => {
    turn(false);
    vi.spyOn(document, "hidden", "get").mockImplementation(() => tab.hidden);
    vi.useFakeTimers({ shouldAdvanceTime: true });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test("an idle Python is given back, the reader is told, and Run starts one with what a cell needs", async () => {
    await openPage(cellHtml(1), cellHtml(2, "1", "photos:1"));
    press("Run", cell(1));
    await end(1);
    const before = kernels.length;
    const terminate = vi.spyOn(kernel(), "terminate");
    turn(true);
    vi.advanceTimersByTime(long - 1);
    expect(terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(terminate).toHaveBeenCalledOnce();
    expect(kernelState()).toBe("off");
    expect(state(1)).toBe("idle");
    turn(false);
    expect(status()).toContain(`after ${GIVE_BACK_AFTER_MINUTES} minutes in the background`);
    expect(status()).toContain("Variables are gone");
    expect(kernels.length).toBe(before);
    press("Run", cell(2));
    await running(1);
    expect(kernels.length).toBe(before + 1);
    expect(live(2).textContent).toContain("Running cell 1 first");
  });

  test("a short look elsewhere ends nothing, however often", async () => {
    await openPage(cellHtml(1));
    press("Run", cell(1));
    await end(1);
    const terminate = vi.spyOn(kernel(), "terminate");
    for (let times = 0; times < 3; times++) {
      turn(true);
      vi.advanceTimersByTime(long / 2);
      turn(false);
      vi.advanceTimersByTime(long / 2);
    }
    expect(terminate).not.toHaveBeenCalled();
    expect(status()).toBe("");
  });

  test("a cell that runs goes on; Python is given back later", async () => {
    await openPage(cellHtml(1));
    press("Run", cell(1));
    await running(1);
    const terminate = vi.spyOn(kernel(), "terminate");
    turn(true);
    vi.advanceTimersByTime(long);
    expect(terminate).not.toHaveBeenCalled();
    await end(1);
    vi.advanceTimersByTime(long);
    expect(terminate).toHaveBeenCalledOnce();
  });

  test("a Python that has run nothing goes without a word", async () => {
    await openPage(cellHtml(1));
    findButton("Run", cell(1))?.focus();
    await vi.waitFor(() => expect(kernelState()).toBe("ready"));
    turn(true);
    vi.advanceTimersByTime(long);
    expect(kernelState()).toBe("off");
    turn(false);
    expect(status()).toBe("");
  });
});
