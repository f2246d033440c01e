/** Has every sentence that the runner says to the reader. */
import type { CellError } from "../shared/protocol";

const RECORDED = "The recorded output stays.";

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** "cell 1", "cells 1 and 2", "cells 1, 2 and 5". */
export function cellList(numbers: readonly number[]): string {
  return `${numbers.length > 1 ? "cells" : "cell"} ${list(numbers.map(String))}`;
}

/** A sentence names at most this many names. */
const NAMES = 4;

/** Say why `cells` had to run: what they define that the cell uses. */
function because(cells: readonly number[], names: readonly string[]): string {
  if (names.length === 0) return `which this cell needs`;
  const shown = names.slice(0, names.length > NAMES ? NAMES - 1 : NAMES);
  const rest = names.length - shown.length;
  if (rest > 0) shown.push(`${rest} more names`);
  return `which define${cells.length > 1 ? "" : "s"} ${list(shown)}`;
}

/** "a", "a and b", "a, b and c". */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** How far the stopping of tasks that go on is. */
export type TaskStop = keyof typeof STOPPING_TASKS;

const STOPPING_TASKS = {
  stopping: "Stopping.",
  busy: "Python is busy and has not heard Stop. Stop the cell that runs, or press Restart.",
  ignoring: "Press Stop again to raise KeyboardInterrupt there.",
  ignoringAll: "Only Restart ends that, and with it all variables.",
};

function tasks(count: number): string {
  return count === 1 ? "1 task" : `${count.toLocaleString("en-US")} tasks`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export const text = {
  starting: "Starting Python",
  queued: (before: number | null) => (before === null ? "" : `Waiting for cell ${before}.`),
  stopping: "Stopping.",
  noOutput: "The cell printed nothing.",
  label: (python: string, ms: number) => `Your run · Python ${python} in this browser · ${seconds(ms)}`,
  labelRunning: (python: string) => `Your run · Python ${python} in this browser · running`,
  labelEnded: (python: string, how: string) => `Your run · Python ${python} in this browser · ${how}`,
  endedByStop: "stopped",
  endedByFailure: "ended unexpectedly",

  /** They come from the network, or from where the browser has kept them. */
  files: "Python's files",
  filesSoFar: (loaded: number, total: number) =>
    `Python's files: ${megabytes(loaded)} of ${megabytes(total)} MB`,
  kernel: "Starting the kernel",

  runningFirst: (cells: readonly number[], names: readonly string[]) =>
    `Running ${cellList(cells)} first, ${because(cells, names)}.`,
  ranFirst: (cells: readonly number[], names: readonly string[]) =>
    `Ran ${cellList(cells)} first, ${because(cells, names)}.`,
  notRun: (cell: number, how: "error" | "stopped") =>
    `Not run: cell ${cell}, which it needs, ${how === "error" ? "ended with an error" : "was stopped"}.`,
  runAnyway: "Run anyway",

  insisted: (line?: number) =>
    `Stopped. The cell went on although it was cancelled; Python raised KeyboardInterrupt${line ? ` in line ${line}` : " in it"}. ` +
    "Its variables and those of other cells are kept.",
  stopped: "Stopped. The cell was cancelled; its variables and those of other cells are kept.",
  interrupted: (line?: number) =>
    `Stopped. The cell was busy${line ? ` in line ${line}` : ""}; Python raised KeyboardInterrupt there. ` +
    "Its variables and those of other cells are kept.",
  dequeued: "Taken out of the queue. The cell did not run.",
  goOn: (count: number, names: readonly string[], isEarlier: boolean, stopping?: TaskStop) => {
    const rest = count - names.length;
    const shown = rest > 0 ? [...names, `${rest.toLocaleString("en-US")} more`] : names;
    const of = isEarlier ? " of an earlier run" : "";
    const although = { ignoring: " although cancelled", ignoringAll: " although cancelled and interrupted" };
    const though = stopping && stopping in although ? although[stopping as keyof typeof although] : "";
    const then = stopping ? ` ${STOPPING_TASKS[stopping]}` : "";
    return `${tasks(count)}${of} ${count > 1 ? "go" : "goes"} on${though}: ${list(shown)}.${then}`;
  },
  stopTasks: "Stop",
  stopEarlierTasks: "Stop the earlier tasks",
  tasksStopped: (count: number) =>
    `Stopped ${tasks(count)} that went on. Variables of this cell and of other cells are kept.`,
  tasksLost: "Tasks that went on have ended with Python.",

  ignoring:
    "The cell goes on although it was cancelled. Press Stop again to raise KeyboardInterrupt in it; variables stay.",
  interrupting: "Raising KeyboardInterrupt in the cell.",
  ignoringAll:
    "The cell goes on although it was cancelled and interrupted. Press Stop again to end Python; all variables will be lost.",
  killed: (why: string) =>
    `Stopped by force: ${why}. Python was ended and a fresh one is starting. ` +
    "Variables of all cells are gone; the outputs on this page and your edits are kept.",
  notYielding: "the cell did not give control back within a second",
  thirdStop: "it went on although it was cancelled and interrupted",
  restarted: "Python was restarted. Variables are gone; the outputs on this page are from before.",
  gaveBack: (minutes: number) =>
    `Python was ended after ${minutes} minutes in the background. Variables are gone; Run starts it again.`,
  restartedEmpty: "Python was restarted.",
  restartedHere: "Stopped: Python was restarted. Variables of all cells are gone.",

  full: (lines: string, size: string) => `Output stops here: a cell shows at most ${lines} lines or ${size}.`,
  leftOut: (lines: number) =>
    lines > 1
      ? ` ${lines.toLocaleString("en-US")} more lines were printed.`
      : lines === 1
        ? " One more line was printed."
        : " More text was printed.",

  practice: (real: number, simulated: number, virtual: boolean) =>
    simulated === 0
      ? `The practice server was real: this site's service worker answered ${real} HTTP ${real > 1 ? "requests" : "request"}.`
      : virtual
        ? "The practice server was simulated: in virtual time nothing really waits."
        : "The practice server was simulated, by the same rules: no service worker answers here. " +
          "A private window is one reason; a first visit without a connection is another.",

  learnMore: "Learn more:",
  /** "ValueError: no route", or the type alone. */
  exception: (type: string, message: string) => (message ? `${type}: ${message}` : type),
  place: (cell: string, line: number) => `cell ${cell}, line ${line}`,
  inGroup: (count: number) => (count === 1 ? "1 exception in it" : `${count} exceptions in it`),
  becauseOf: (stated: boolean) => (stated ? "caused by" : "while handling"),
  leftOutOfTree: (count: number) => `${count} more, not shown here`,
  wholeTraceback: "Traceback as text",

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

  bootFailed: (why: string) =>
    `Python could not start: ${why}. ${
      // What a browser says of code that is newer than it is; of a worker's it only says that it did not load.
      /SyntaxError|ReferenceError|CompileError|is not a (function|constructor)|worker-\w+\.js/.test(why)
        ? `If this browser is older than ${MINIMUM_BROWSERS}, that is why. `
        : ""
    }${RECORDED}`,
  outdated:
    "this page and the files of its Python are of different versions; reload the page, your edits are kept",
  wheelFailed: (file: string, why: string) =>
    `${file} could not be loaded (${why}). Run the cell again to try once more.`,
  died: (why: string) => `Python ended unexpectedly: ${why}. Variables of all cells are gone.`,
  slow: (stage: string, seconds: number) =>
    `${stage}: nothing has happened for ${seconds} s. It may still come; Retry starts again.`,
  stalled: (stage: string, seconds: number) => `${stage}: nothing happened for ${seconds} s`,
  noSupport: (what: string) =>
    `This browser is too old to run Python in a page, or set up not to: it has no ${what}. ` +
    `${MINIMUM_BROWSERS}, or a newer one, can. ${RECORDED} ` +
    "To run the code yourself, copy it into Python 3.11 or newer.",

  timeline: "Timeline of this run",
  timelineLive: "Timeline of this run, so far",
  timelineEnded: "Timeline up to the end of Python",
  timelineNext: "The timeline begins with the next run.",
  timelineNothing: "This run awaited nothing, so there are no tasks to draw.",
  timelineFailed: "The timeline could not be loaded. Check the connection and run the cell again.",
  timelineHint:
    "Point at a bar, or tap it, to see its line of code. With the keyboard: Tab to the bars, then the arrow keys.",
  timelineLines: "Lines of code in this timeline",
  timelineLine: (cell: number | null, line: number, code: string, bars: number) =>
    `${cell === null ? "" : `cell ${cell}, `}line ${line}: ${code} (${bars} ${bars > 1 ? "bars" : "bar"})`,
  drawNow: "Draw it now",
  cancelTask: (lane: string) => `Cancel ${lane}`,
  cancelling: (lane: string) => `Asking ${lane} to stop.`,
  cancelledTask: (lane: string, ms: number) =>
    `You cancelled ${lane} at ${seconds(ms)}: CancelledError is raised where it waits. Watch what the others do.`,
  cancelledNone: (lane: string) => `${lane} was done already.`,

  retry: "Retry",
  showRecorded: "Show recorded",
  showYours: "Show yours",
  richFailed: (why: string) => `This is the output as text, because ${why}.`,
  notInstalled: (module: string) =>
    `This page has Python's standard library only, not ${module}. Run the code on your machine, with ${module} installed there.`,
  editorHint:
    "Shift+Enter runs. Tab indents. Ctrl+Space completes a name; then Tab takes it. " +
    "Escape leaves the editor; then Tab moves on.",
  copyCode: "Copy",
  copied: "Copied.",
  copyLink: "Copy link",
  linkCopied: "Copied a link that opens this page with your code.",
  linkImpossible: `This browser cannot make links with code; ${MINIMUM_BROWSERS}, or a newer one, can.`,
  linkTooLong: "This code is too long for a link.",
  copyByHand: "The browser does not allow copying. Copy it from here:",

  shared: (stale: boolean) =>
    "This code came with the link that you opened; it is not the guide's. It has not run: read it first." +
    (stale ? " The published code has changed since the link was made." : ""),
  sharedAsk: "This code came with a link, and it is not the guide's. Run it?",
  runShared: "Run the code from the link",
  usePublished: "Use the published code",
  sharedBroken:
    `The code in this link could not be read. The link may have been cut off, or this browser is older than ${MINIMUM_BROWSERS}. ` +
    "Here is the published code.",
  editNotKept:
    "This browser keeps no edits for this site, or has no room for one. This edit lasts until you leave the page; copy it if you need it.",
  editorLoading: "Loading the editor.",
  editorFailed: "The editor could not be loaded. Check the connection and press Edit again.",
};
