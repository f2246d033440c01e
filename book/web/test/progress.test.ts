import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress, Watchdog } from "../src/page/progress";
import type { KernelConfig } from "../src/shared/protocol";

const config = {
  runtime: { "pyodide.mjs": 20_000, "pyodide.asm.wasm": 9_000_000, "python_stdlib.zip": 1_000_000 },
  transfer: { "pyodide.mjs": 5_000, "pyodide.asm.wasm": 3_000_000, "python_stdlib.zip": 1_000_000 },
  wheels: { "a-1.whl": 600_000, "b-2.whl": 400_000 },
} as unknown as KernelConfig;

function downloading(): Progress {
  const progress = new Progress();
  progress.setStage("download");
  progress.setConfig(config);
  return progress;
}

test("before sizes are known there is a word and no number", () => {
  expect(new Progress().report()).toEqual({
    text: "Starting Python",
    stage: "Starting Python",
    loaded: 0,
    total: 0,
  });
});

test("all files are told as one number, in megabytes on the wire, scaled from what arrives unpacked", () => {
  const progress = downloading();
  progress.setBytes("pyodide.asm.wasm", 3_300_000);
  expect(progress.report()).toEqual({
    text: "Python's files: 1.1 of 5.0 MB",
    stage: "Python's files",
    loaded: 1_100_000,
    total: 5_005_000,
  });
  progress.setBytes("a-1.whl", 600_000);
  expect(progress.report().text).toBe("Python's files: 1.7 of 5.0 MB");
});

test("the number never goes back and has no second beginning", () => {
  const progress = downloading();
  const shown: number[] = [];
  for (const [file, size] of Object.entries({ ...config.wheels, ...config.runtime })) {
    for (const share of [0.5, 1]) {
      progress.setBytes(file, size * share);
      shown.push(Number(/[\d.]+/.exec(progress.report().text)?.[0]));
    }
  }
  expect(shown).toEqual(shown.toSorted((one, other) => one - other));
  expect(shown.at(-1)).toBe(5);
});

test("files that are not on the list, and more bytes than listed, do not count", () => {
  const progress = downloading();
  progress.setBytes("kernel.json", 5_000);
  progress.setBytes("pyodide.asm.wasm", 99_000_000);
  expect(progress.report().loaded).toBe(3_000_000);
});

test("starting the kernel is a stage of its own, with a full bar", () => {
  const progress = downloading();
  progress.setStage("kernel");
  expect(progress.report()).toMatchObject({ text: "Starting the kernel", loaded: 5_005_000 });
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the watchdog speaks after its patience and gives up after four times that", () => {
  const said: string[] = [];
  const dog = new Watchdog(
    (s) => said.push(`slow ${s}`),
    (s) => said.push(`dead ${s}`),
  );
  dog.beat(15);
  vi.advanceTimersByTime(14_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["slow 15"]);
  vi.advanceTimersByTime(45_000);
  expect(said).toEqual(["slow 15", "dead 60"]);
});

test("any sign of life starts the wait again, and stopping ends it", () => {
  const said: string[] = [];
  const dog = new Watchdog(
    () => said.push("slow"),
    () => said.push("dead"),
  );
  dog.beat(15);
  vi.advanceTimersByTime(14_000);
  dog.beat(15);
  vi.advanceTimersByTime(14_000);
  dog.stop();
  vi.advanceTimersByTime(1_000_000);
  expect(said).toEqual([]);
});
