/** Runs the cells of one page: one kernel, one queue. Loaded on the reader's first sign of intent. */
import type { CellView, Offer } from "./cell";
import type { Editor } from "./editor";
import { Kernel, missingSupport } from "./kernel";
import { OutputView } from "./output";
import type { ProgressReport } from "./progress";
import type { Output, RunResult } from "./protocol";
import { RunQueue } from "./queue";
import { markLine } from "./mark";
import { text } from "./text";

export type KernelState = "off" | "starting" | "ready" | "dead";

export interface Page {
  cells: CellView[];
  setKernel(state: KernelState): void;
  toolbar: { status: HTMLElement } | null;
  edits: Pick<typeof import("./edits"), "rememberEdit" | "forgetEdit">;
}

/** How long a cell may take to hear that it should stop, and then to clean up. */
const HEAR = 1000;
const CLEAN_UP = 3000;

/** How long (ms) the editor may load before the reader is told that it does. */
const EDITOR_SLOW = 300;

export class Session {
  private kernel: Kernel | null = null;
  private readonly queue = new RunQueue<CellView>();
  /** Cells that have run on the present kernel. */
  private readonly ran = new Set<number>();
  /** Cells that asked whether to run earlier ones first, and how many; no answer yet. */
  private readonly asking = new Map<CellView, number>();
  private readonly outputs = new Map<CellView, OutputView>();
  private readonly editors = new Map<CellView, Editor>();
  /** Which cell each run number belongs to; background tasks print after their run. */
  private readonly runs = new Map<number, CellView>();
  private stopping: CellView | null = null;
  /** The cells that "Run all" has yet to run; null when it was not pressed or did not get through. */
  private runningAll: Set<CellView> | null = null;
  /** Files that the running cell wanted and did not get. */
  private lostFiles: string[] = [];

  constructor(private readonly page: Page) {}

  // What the reader can do

  run(cell: CellView): void {
    this.tell(""); // what it said was about an earlier run
    // What an edited cell needs is not known; a NameError explains itself.
    const missing = cell.source === cell.published ? this.queue.missing(cell, this.ran) : [];
    if (cell.program !== null) {
      // It shows what its program does as the program stands now.
      const first = [...missing, cell.program];
      return this.enqueue([...this.page.cells.filter(({ number }) => first.includes(number)), cell]);
    }
    if (missing.length === 0) return this.enqueue([cell]);
    if (cell.state === "starting") cell.state = "idle";
    this.ask(cell, missing);
    // Start the kernel while the reader decides.
    this.ensureKernel();
  }

  private ask(cell: CellView, missing: readonly number[]): void {
    this.asking.set(cell, missing.length);
    const inOrder = this.page.cells.filter((other) => missing.includes(other.number));
    cell.say(text.needs(missing), [
      { label: text.runFirst(missing), act: () => this.enqueue([...inOrder, cell], cell) },
      { label: text.runAnyway, act: () => this.enqueue([cell], cell) },
    ]);
  }

  /** A cell has run: what others ask for may have become less, or nothing. */
  private askAgain(): void {
    for (const [cell, asked] of this.asking) {
      const missing = this.queue.missing(cell, this.ran);
      if (missing.length === asked) continue;
      if (missing.length > 0) {
        this.ask(cell, missing);
      } else {
        this.asking.delete(cell);
        cell.say("");
      }
    }
  }

  runAll(): void {
    this.enqueue(this.page.cells);
    this.runningAll = this.queue.size > 0 ? new Set(this.page.cells) : null;
  }

  /** Stop a cell: cancel it if it listens, end the worker if it does not. */
  async stop(cell: CellView): Promise<void> {
    if (this.queue.remove(cell)) {
      this.runningAll = null;
      cell.state = "stopped";
      cell.say(text.dequeued);
      return;
    }
    if (this.queue.running !== cell || !this.kernel) return;
    this.dropQueue();
    if (this.stopping === cell) return this.kill(cell, text.secondStop);
    this.stopping = cell;
    cell.say(text.stopping);
    const { kernel } = this;
    const heard = await Promise.race([
      kernel.cancel().catch(() => true),
      new Promise<null>((resolve) => setTimeout(() => resolve(null), HEAR)),
    ]);
    if (this.stopping !== cell || this.kernel !== kernel) return;
    if (heard === null) return this.kill(cell, text.notYielding);
    setTimeout(() => {
      if (this.stopping === cell && this.kernel === kernel) cell.say(text.ignoring, [], "problem");
    }, CLEAN_UP);
  }

  /** End Python and start a fresh one. */
  restart(): void {
    const { running } = this.queue;
    this.dropQueue();
    this.endKernel();
    if (running) {
      this.outputs.get(running)?.end(text.endedByStop);
      running.state = "stopped";
      running.say(text.restartedHere);
    }
    for (const cell of this.page.cells) if (cell.state !== "stopped") cell.state = "idle";
    this.tell(this.runs.size > 0 ? text.restarted : text.restartedEmpty);
    this.ensureKernel();
  }

  /** Open the editor: with the edit of an earlier visit, if the reader has not decided about it. */
  async edit(cell: CellView): Promise<void> {
    let editor = this.editors.get(cell);
    if (!editor) {
      const slow = setTimeout(() => cell.sayOfEditor(text.editorLoading), EDITOR_SLOW);
      const { openEditor } = await import("./editor").catch(() => ({ openEditor: null }));
      clearTimeout(slow);
      cell.sayOfEditor(openEditor ? "" : text.editorFailed, "problem");
      if (!openEditor) return;
      editor = this.editors.get(cell) ?? openEditor(cell.input, cell.source, {
        label: `Code of cell ${cell.number}`,
        hint: text.editorHint,
        change: (source) => {
          cell.source = source;
          cell.edited = source !== cell.published;
          cell.sayOfEditor(this.page.edits.rememberEdit(cell) ? "" : text.editNotKept, "problem");
        },
        run: () => {
          if (!cell.active) this.run(cell);
        },
        leave: () => cell.focusEdit(),
      });
      this.editors.set(cell, editor);
      markLine(cell, null);
    }
    const { kept } = cell;
    if (kept !== null) {
      cell.decideKept();
      editor.setText(kept);
    }
    openDetails(cell.input);
    editor.focus();
  }

  /** Back to the published code and its recorded output. */
  reset(cell: CellView): void {
    this.editors.get(cell)?.close();
    this.editors.delete(cell);
    cell.source = cell.published;
    cell.edited = false;
    this.page.edits.forgetEdit(cell);
    if (cell.active) return;
    markLine(cell, null);
    this.asking.delete(cell);
    this.outputs.get(cell)?.close();
    this.outputs.delete(cell);
    cell.clearLive();
    cell.state = "idle";
    cell.focusEdit();
  }

  // The queue

  private enqueue(cells: readonly CellView[], keepFocus?: CellView): void {
    const lacking = missingSupport();
    this.tell("");
    for (const cell of cells) {
      this.asking.delete(cell);
      if (this.queue.running === cell || !this.queue.add(cell)) continue;
      cell.state = "starting";
      if (this.kernel?.ready !== false) cell.say(text.queued(this.queue.before(cell)));
    }
    keepFocus?.focusRun();
    if (lacking) {
      this.page.setKernel("dead");
      return this.failQueue(text.noSupport(lacking), false);
    }
    this.ensureKernel();
    void this.pump();
  }

  private async pump(): Promise<void> {
    const { kernel } = this;
    if (!kernel?.ready) return;
    const cell = this.queue.next();
    if (!cell) return;
    const run = this.runs.size + 1;
    this.runs.set(run, cell);
    this.outputs.get(cell)?.close();
    const output = new OutputView(cell, run, this.python);
    this.outputs.set(cell, output);
    markLine(cell, null);
    this.editors.get(cell)?.mark(null);
    cell.state = "running";
    cell.say("");
    let result: RunResult;
    try {
      result = await kernel.run({ run, cell: cell.number, code: cell.source });
    } catch {
      return; // The kernel is gone; whoever ended it has said so.
    }
    if (this.kernel !== kernel) return;
    this.stopping = null;
    this.queue.finish();
    this.ran.add(cell.number);
    this.finish(cell, output, result);
    this.askAgain();
    void this.pump();
  }

  private finish(cell: CellView, output: OutputView, result: RunResult): void {
    output.finish(result);
    const { error } = result;
    if (result.stopped || result.interrupted) {
      cell.state = "stopped";
      cell.say(result.interrupted ? text.interrupted(result.error?.frames.at(-1)?.line) : text.stopped);
    } else if (result.ok) {
      cell.state = "done";
      cell.say(output.empty ? text.noOutput : "");
    } else {
      cell.state = "error";
      cell.say("");
      const line = error?.frames.findLast((frame) => frame.cell === String(cell.number))?.line ?? null;
      const editor = this.editors.get(cell);
      if (editor) editor.mark(line);
      else markLine(cell, line);
    }
    for (const main of result.awaited) cell.note(text.awaited(main));
    const { missing } = error ?? {};
    // A module whose file did not arrive is named below.
    const ended = result.stopped || result.interrupted;
    if (missing && !ended && this.lostFiles.length === 0) cell.note(text.notInstalled(missing));
    for (const message of this.lostFiles.splice(0)) cell.note(message);
    const all = this.runningAll;
    all?.delete(cell);
    if (cell.state === "error" && !cell.raises) {
      const left = this.dropQueue();
      for (const other of left) if (other.program === cell.number) other.say(text.programFailed(cell.number));
      if (all || left.length > 0) this.tell(text.runAllStopped(cell.number, left.length));
    } else if (all?.size === 0) {
      this.runningAll = null;
      this.tell(text.runAllDone(this.page.cells.length));
    }
  }

  /** Empty the queue; returns the cells that will not run. */
  private dropQueue(): CellView[] {
    this.runningAll = null;
    const dropped = this.queue.clear();
    for (const cell of dropped) {
      cell.state = "idle";
      cell.say("");
    }
    return dropped;
  }

  // The kernel

  private get python(): string {
    return this.kernel?.config?.versions.python ?? "";
  }

  private ensureKernel(): void {
    if (this.kernel) return;
    this.page.setKernel("starting");
    const kernel: Kernel = new Kernel({
      progress: (report) => this.showProgress(report),
      slow: (message) => this.eachWaiting((cell) => cell.say(message, [this.retry()], "problem")),
      output: (items) => this.kernel === kernel && this.deliver(items),
      wheelFailed: (file, why) => this.lostFiles.push(text.wheelFailed(file, why)),
      died: (why) => this.kernel === kernel && this.died(why),
    });
    this.kernel = kernel;
    this.showProgress({ text: text.starting, stage: text.starting, loaded: 0, total: 0 });
    kernel.start().then(
      () => {
        if (this.kernel !== kernel) return;
        this.page.setKernel("ready");
        this.eachWaiting((cell) => cell.say(text.queued(this.queue.before(cell))));
        void this.pump();
      },
      (error: Error) => {
        if (this.kernel !== kernel) return;
        this.endKernel();
        this.page.setKernel("dead");
        this.failQueue(text.bootFailed(error.message), true);
      },
    );
  }

  private showProgress(report: ProgressReport): void {
    this.eachWaiting((cell) => cell.showProgress(report));
  }

  private eachWaiting(act: (cell: CellView) => void): void {
    for (const cell of this.page.cells) if (this.queue.has(cell)) act(cell);
  }

  private failQueue(message: string, mayRetry: boolean): void {
    const failed = this.queue.clear();
    this.runningAll = null;
    if (failed.length === 0) this.tell(message);
    for (const cell of failed) {
      cell.state = "failed";
      cell.say(message, mayRetry ? [this.retry(failed)] : [], "problem");
    }
  }

  /** A button that starts Python again and then runs what was waiting. */
  private retry(cells?: CellView[]): Offer {
    return {
      label: text.retry,
      act: () => {
        const again = cells ?? this.queue.clear();
        this.endKernel();
        this.enqueue(again, again[0]);
      },
    };
  }

  private endKernel(): void {
    this.kernel?.terminate();
    this.kernel = null;
    this.stopping = null;
    this.queue.finish();
    this.ran.clear();
  }

  private kill(cell: CellView, why: string): void {
    this.runningAll = null;
    this.outputs.get(cell)?.end(text.endedByStop);
    this.endKernel();
    cell.state = "stopped";
    cell.say(text.killed(why), [], "problem");
    this.ensureKernel();
  }

  private died(why: string): void {
    const { running } = this.queue;
    this.dropQueue();
    this.endKernel();
    this.page.setKernel("dead");
    if (running) {
      this.outputs.get(running)?.end(text.endedByFailure);
      running.state = "failed";
      running.say(text.died(why), [this.retry([running])], "problem");
    } else {
      this.tell(text.died(why));
    }
  }

  private deliver(items: Output[]): void {
    for (const item of items) {
      const cell = this.runs.get(item.run);
      const output = cell && this.outputs.get(cell);
      // Output of an earlier run of this cell, from a task that goes on, is not this run's.
      if (output?.run === item.run) output.push(item);
    }
  }

  private tell(message: string): void {
    if (this.page.toolbar) this.page.toolbar.status.textContent = message;
  }
}

/** Open what hides `element`: a solution, say, that is folded away. */
function openDetails(element: Element): void {
  const around = element.parentElement?.closest("details");
  if (!around) return;
  around.open = true;
  openDetails(around);
}

export function open(page: Page): Session {
  return new Session(page);
}
