/** Everything the runner says to the reader. */
import type { CellError } from "./protocol";

const RECORDED = "The recorded output stays below.";

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** "cell 1", "cells 1 and 2", "cells 1, 2 and 5". */
export function cellList(numbers: readonly number[]): string {
  const last = numbers.at(-1);
  if (numbers.length < 2) return `cell ${last}`;
  return `cells ${numbers.slice(0, -1).join(", ")} and ${last}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export const text = {
  starting: "Starting Python",
  queued: (before: number | null) =>
    before === null ? "Waiting for its turn." : `Waiting for cell ${before}.`,
  running: "Running.",
  stopping: "Stopping.",
  noOutput: "The cell printed nothing.",
  label: (python: string, ms: number) => `Your run · Python ${python} in this browser · ${seconds(ms)}`,
  labelRunning: (python: string) => `Your run · Python ${python} in this browser · running`,
  labelEnded: (python: string, how: string) => `Your run · Python ${python} in this browser · ${how}`,
  endedByStop: "stopped",
  endedByFailure: "ended unexpectedly",
  done: (ms: number) => `Done in ${seconds(ms)}.`,
  failedRun: (where: string) => `Ended with an error${where}.`,

  download: (what: string, loaded: number, total: number) =>
    `${what} ${megabytes(loaded)} of ${megabytes(total)} MB`,
  runtime: "Python runtime",
  packages: "Packages",
  snapshot: "Python kernel",
  kernel: "Starting the kernel",

  needs: (missing: readonly number[]) =>
    `This cell uses names from ${cellList(missing)}, which ${missing.length > 1 ? "have" : "has"} not run yet.`,
  runFirst: (missing: readonly number[]) => `Run ${cellList(missing)} first`,
  runAnyway: "Run anyway",

  stopped: "Stopped. The cell was cancelled; its variables and those of other cells are kept.",
  interrupted: (line?: number) =>
    `Stopped. The cell was busy${line ? ` in line ${line}` : ""}; Python raised KeyboardInterrupt there. ` +
    "Its variables and those of other cells are kept.",
  dequeued: "Taken out of the queue. The cell did not run.",
  ignoring:
    "The cell goes on although it was cancelled. Press Stop again to end Python; all variables will be lost.",
  killed: (why: string) =>
    `Stopped by force: ${why}. Python was ended and a fresh one is starting. ` +
    "Variables of all cells are gone; the outputs on this page and your edits are kept.",
  notYielding: "the cell did not give control back within a second",
  secondStop: "Stop was pressed twice",
  restarted: "Python was restarted. Variables are gone; the outputs on this page are from before.",
  restartedEmpty: "Python was restarted.",
  restartedHere: "Stopped: Python was restarted. Variables of all cells are gone.",

  full: (lines: string, size: string) =>
    `Output stops here: a cell shows at most ${lines} lines or ${size}.`,
  leftOut: (lines: number) =>
    lines > 1
      ? ` ${lines.toLocaleString("en-US")} more lines were printed.`
      : lines === 1
        ? " One more line was printed."
        : " More text was printed.",
  awaited: (main: string) =>
    `Here asyncio.run(${main}) ran as await ${main}, because the page's event loop is already running. ` +
    "In a script, keep asyncio.run.",

  errorTitle(error: CellError): string {
    const inner = error.frames.at(-1);
    const outer = error.frames[0];
    if (!inner || !outer) return error.type;
    const called = outer.cell === inner.cell ? "" : `, called from cell ${outer.cell}, line ${outer.line}`;
    return `${error.type} in cell ${inner.cell}, line ${inner.line}${called}`;
  },

  programFailed: (cell: number) =>
    `Cell ${cell}, whose program this would run, ended with an error. Its output says where.`,

  runAllStopped: (cell: number, left: number) =>
    `Stopped at cell ${cell}, which ended with an error.` +
    (left > 0 ? ` ${left} more ${left > 1 ? "cells were" : "cell was"} not run.` : ""),
  runAllDone: (count: number) => `All ${count} cells ran.`,

  bootFailed: (why: string) => `Python could not start: ${why}. ${RECORDED}`,
  outdated: "this page is older than the site. Reload the page; your edits are kept",
  wheelFailed: (file: string, why: string) =>
    `${file} could not be loaded (${why}). Run the cell again to try once more.`,
  died: (why: string) => `Python ended unexpectedly: ${why}. Variables of all cells are gone.`,
  slow: (stage: string, seconds: number) =>
    `${stage}: nothing has happened for ${seconds} s. It may still come; Retry starts again.`,
  stalled: (stage: string, seconds: number) => `${stage}: nothing happened for ${seconds} s`,
  noSupport: (what: string) =>
    `This browser cannot run Python in a page: it has no ${what}. ${RECORDED} ` +
    "To run the code yourself, copy it into Python 3.11 or newer, or open this page in a current browser.",

  retry: "Retry",
  showRecorded: "Show recorded",
  showYours: "Show yours",
  richFailed: (file: string) =>
    `This is the output as text: ${file}, which draws it, could not be loaded. Reload the page to try again.`,
  notInstalled: (module: string) =>
    `This page has Python's standard library only, not ${module}. Run the code on your machine, with ${module} installed there.`,
  editorHint: "Shift+Enter runs. Tab indents. Escape leaves the editor; then Tab moves on.",
  editNotKept:
    "This browser keeps no edits for this site, or has no room for one. This edit lasts until you leave the page; copy it if you need it.",
  editorLoading: "Loading the editor.",
  editorFailed: "The editor could not be loaded. Check the connection and press Edit again.",
};
