/** Runs the cells of one page: one kernel, one queue. Loaded on the reader's first sign of intent. */

import { startPracticeServer } from "../offline/registration";
import type { Completion, Needs, Output, RunRequest, RunResult, Timeline } from "../shared/protocol";
import type { CellView, Offer } from "./cell";
import type { Editor } from "./editor";
import { drawHint } from "./error-view";
import { findHint } from "./hints";
import { Kernel, missingSupport } from "./kernel";
import { markLine } from "./mark";
import { OutputView } from "./output";
import type { ProgressReport } from "./progress";
import { RunQueue } from "./queue";
import { linkTo, readLink } from "./share";
import { text } from "./text";
import type { TimelineView } from "./timeline";

export type KernelState = "off" | "starting" | "ready" | "dead";

export interface Page {
  cells: CellView[];
  /** Which version of Python's files the page was published with. */
  version: string;
  setKernel(state: KernelState): void;
  toolbar: { status: HTMLElement; restart: HTMLElement } | null;
  edits: Pick<typeof import("./edits"), "rememberEdit" | "forgetEdit">;
  chunks: CellView["chunks"];
}

/** How long a cell may take to hear that it should stop, and then to clean up. */
const HEAR = 1000;
const CLEAN_UP = 3000;

/** How long (ms) a list of names may take; a cell that computes lets nothing else through. */
const PATIENCE = 1000;

/** How long (ms) the editor may load before the reader is told that it does. */
const EDITOR_SLOW = 300;

const NOTHING: Needs = { cells: [], names: {} };

/** Cells that run first because another one needs them, and what it uses of them. */
interface First {
  cells: readonly CellView[];
  numbers: number[];
  names: string[];
}

function runFirst(cells: readonly CellView[], names: Readonly<Record<string, number>>): First {
  const numbers = cells.map((cell) => cell.number);
  return { cells, numbers, names: Object.keys(names).filter((name) => numbers.includes(names[name]!)) };
}

export class Session {
  private kernel: Kernel | null = null;
  /** The reader was told that the last start failed. */
  private startFailed = false;
  private readonly queue = new RunQueue<CellView>();
  /** Cells that have run on the present kernel. */
  private readonly ran = new Set<number>();
  /** Waiting cells, and the earlier ones that run first because of them. */
  private readonly first = new Map<CellView, First>();
  /** Cells with code from a link that the reader has not agreed to run. */
  private readonly foreign = new Set<CellView>();
  /** Cells that the reader wants to run without what they need. */
  private readonly alone = new Set<CellView>();
  private readonly outputs = new Map<CellView, OutputView>();
  private readonly editors = new Map<CellView, Editor>();
  private readonly timelines = new Map<CellView, Promise<TimelineView | null>>();
  /** Which cell each run number belongs to; background tasks print after their run. */
  private readonly runs = new Map<number, CellView>();
  private stopping: CellView | null = null;
  /** The kernel that can reach the practice server, or tried. */
  private practising: Kernel | null = null;
  /** The cells that "Run all" has yet to run; null when it was not pressed or did not get through. */
  private runningAll: Set<CellView> | null = null;
  /** Files that the running cell wanted and did not get. */
  private lostFiles: string[] = [];

  constructor(private readonly page: Page) {}

  // What the reader can do

  /** Start Python before it is needed; after a start that failed the reader decides. */
  warm(): void {
    if (!missingSupport() && !this.startFailed) this.ensureKernel();
  }

  run(cell: CellView): void {
    const { cells, names } = this.needsKnown(cell) ? { cells: cell.needs, names: cell.uses } : NOTHING;
    const missing = this.queue.missing(cells, this.ran);
    const inOrder = (numbers: number[]): CellView[] =>
      this.page.cells.filter((each) => numbers.includes(each.number));
    if (missing.length > 0) this.first.set(cell, runFirst(inOrder(missing), names));
    // An explorer or a stepper shows what its program does as the program stands now.
    if (cell.program !== null) missing.push(cell.program);
    this.enqueue([...inOrder(missing), cell]);
  }

  /** Run a cell although what it needs has not run. */
  private runAlone(cell: CellView): void {
    this.alone.add(cell);
    this.enqueue([cell], cell);
  }

  /** The build knows what published code needs; what an edit needs, or gives, Python finds out. */
  private needsKnown(cell: CellView): boolean {
    const upToCell = this.page.cells.slice(0, this.page.cells.indexOf(cell) + 1);
    return upToCell.every(({ source, published }) => source === published);
  }

  runAll(): void {
    this.enqueue(this.page.cells);
    this.runningAll = this.queue.size > 0 ? new Set(this.page.cells) : null;
  }

  /** Stop a cell: cancel it if it listens, end the worker if it does not. */
  async stop(cell: CellView): Promise<void> {
    if (this.queue.remove(cell)) {
      this.runningAll = null;
      this.dropPulled(cell);
      cell.state = "stopped";
      cell.say(text.dequeued);
      return;
    }
    if (this.queue.running !== cell || !this.kernel) return;
    this.dropQueue({ cell, how: "stopped" });
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

  /** Draw the runs of a cell from now on, beginning with one; or no longer. */
  timeline(cell: CellView): void {
    cell.timeline = !cell.timeline;
    if (!cell.timeline) {
      this.closeTimeline(cell);
    } else if (cell.active) {
      cell.say(text.timelineNext);
    } else {
      cell.state = "starting";
      this.run(cell);
    }
  }

  /** Let the drawings that a cell shows answer to pointer and keyboard. */
  async liven(cell: CellView): Promise<void> {
    if (!cell.element.querySelector("[data-timeline] [data-span]")) return;
    const module = await cell.chunks.loadChunk(() => import("./timeline"), import.meta.url).catch(() => null);
    module?.livenAll(cell, this.page.cells);
  }

  /** Open the editor: with the edit of an earlier visit, if the reader has not decided about it. */
  async edit(cell: CellView): Promise<void> {
    const editor = await this.openEditor(cell);
    if (!editor) return;
    const { kept } = cell;
    if (kept !== null && !this.foreign.has(cell)) {
      cell.decideKept();
      editor.setText(kept);
    }
    openDetails(cell.input);
    editor.focus();
  }

  /** Show the code that a link brought. It runs only when the reader has agreed. */
  async openLink(cell: CellView, hash: string): Promise<void> {
    cell.element.scrollIntoView();
    const shared = await readLink(hash, cell).catch(() => null);
    if (!shared) return cell.say(text.sharedBroken, [], "problem");
    const { source, stale } = shared;
    if (source === cell.source) return;
    const editor = await this.openEditor(cell);
    if (!editor) return;
    this.foreign.add(cell);
    editor.setText(source);
    openDetails(cell.input);
    cell.say(text.shared(stale), this.sharedOffers(cell, [cell]), "problem");
    cell.focusRun();
  }

  private sharedOffers(cell: CellView, then: readonly CellView[]): Offer[] {
    const agree = (): void => {
      this.foreign.delete(cell);
      // The reader's own edit of an earlier visit stays until they have decided about it.
      if (cell.kept === null) {
        this.page.edits.rememberEdit(cell);
        history.replaceState(null, "", `#cell-${cell.number}`);
      }
      this.enqueue(then, cell);
    };
    return [
      { label: text.runShared, act: agree },
      { label: text.usePublished, act: () => this.reset(cell) },
    ];
  }

  /** Whether one of `cells` holds code from a link that the reader has not agreed to run; asks them. */
  private asksFirst(cells: readonly CellView[]): boolean {
    const cell = cells.find((each) => this.foreign.has(each));
    if (!cell) return false;
    for (const each of cells) if (each.state === "starting" && !this.queue.has(each)) each.state = "idle";
    cell.say(text.sharedAsk, this.sharedOffers(cell, cells), "problem");
    cell.element.scrollIntoView({ block: "nearest" });
    return true;
  }

  private async openEditor(cell: CellView): Promise<Editor | null> {
    let editor = this.editors.get(cell);
    if (!editor) {
      const slow = setTimeout(() => cell.sayOfEditor(text.editorLoading), EDITOR_SLOW);
      const { loadChunk, pageIsOld, RELOAD, UPDATED } = cell.chunks;
      const loading = loadChunk(() => import("./editor"), import.meta.url);
      const { openEditor } = await loading.catch(() => ({ openEditor: null }));
      clearTimeout(slow);
      if (!openEditor) {
        const old = await pageIsOld();
        cell.sayOfEditor(old ? UPDATED : text.editorFailed, "problem", old ? [RELOAD] : []);
        return null;
      }
      cell.sayOfEditor("");
      editor =
        this.editors.get(cell) ??
        openEditor(cell.input, cell.source, {
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
          complete: (code, cursor) => this.complete(code, cursor),
          link: () => linkTo(cell),
        });
      this.editors.set(cell, editor);
      markLine(cell, null);
    }
    return editor;
  }

  private async complete(code: string, cursor: number): Promise<Completion[]> {
    if (!this.kernel?.ready) return [];
    const late = new Promise<never[]>((resolve) => setTimeout(() => resolve([]), PATIENCE));
    return Promise.race([this.kernel.complete(code, cursor).catch(() => []), late]);
  }

  /** Back to the published code and its recorded output. */
  reset(cell: CellView): void {
    this.editors.get(cell)?.close();
    this.editors.delete(cell);
    cell.source = cell.published;
    cell.edited = false;
    if (!this.foreign.delete(cell)) this.page.edits.forgetEdit(cell);
    else history.replaceState(null, "", `#cell-${cell.number}`);
    if (cell.active) return;
    markLine(cell, null);
    this.outputs.get(cell)?.close();
    this.outputs.delete(cell);
    this.closeTimeline(cell);
    cell.clearLive();
    cell.state = "idle";
    cell.focusEdit();
  }

  // The queue

  private enqueue(cells: readonly CellView[], keepFocus?: CellView): void {
    const lacking = missingSupport();
    this.tell("");
    if (this.asksFirst(cells)) return;
    if (this.page.toolbar) this.page.toolbar.restart.hidden = false;
    for (const cell of cells) {
      if (this.queue.running === cell || !this.queue.add(cell)) continue;
      cell.state = "starting";
      if (this.kernel?.ready !== false) this.sayWaiting(cell);
    }
    keepFocus?.focusRun();
    if (lacking) {
      this.page.setKernel("dead");
      return this.failQueue(text.noSupport(lacking), () => []);
    }
    this.ensureKernel();
    void this.pump();
  }

  private async pump(): Promise<void> {
    const { kernel } = this;
    if (!kernel?.ready) return;
    const cell = this.queue.next();
    if (!cell) return;
    if (!this.needsKnown(cell) && !this.alone.has(cell)) {
      const missing = await this.findMissing(cell, kernel);
      if (this.gaveUp(cell, kernel)) return;
      if (this.asksFirst([...missing.cells, cell])) {
        this.queue.finish();
        cell.state = "idle";
        return void this.pump();
      }
      if (missing.cells.length > 0) {
        this.first.set(cell, missing);
        this.queue.putBack(missing.cells);
        for (const each of [...missing.cells, cell]) {
          each.state = "starting";
          this.sayWaiting(each);
        }
        return void this.pump();
      }
    }
    if (this.practising !== kernel && cell.source.includes("practice_server")) {
      await startPracticeServer();
      this.practising = kernel;
      if (this.gaveUp(cell, kernel)) return;
    }
    this.alone.delete(cell);
    const run = this.runs.size + 1;
    this.runs.set(run, cell);
    this.outputs.get(cell)?.close();
    const output = new OutputView(cell, run, this.python);
    this.outputs.set(cell, output);
    markLine(cell, null);
    this.editors.get(cell)?.mark(null);
    const first = this.first.get(cell);
    this.first.delete(cell);
    const ranFirst = first && text.ranFirst(first.numbers, first.names);
    cell.state = "running";
    cell.say(ranFirst ?? "");
    const timeline = this.wantsTimeline(cell);
    this.closeTimeline(cell);
    const view = timeline === "no" ? null : this.openTimeline(cell, kernel, run, timeline);
    let result: RunResult;
    try {
      result = await kernel.run({
        run,
        cell: cell.number,
        code: cell.source,
        timeline,
        virtual: cell.virtual,
      });
    } catch {
      void view?.then((drawing) => drawing?.end(text.timelineEnded));
      return; // The kernel is gone; whoever ended it has said so.
    }
    if (this.kernel !== kernel) return;
    this.stopping = null;
    this.queue.finish();
    this.ran.add(cell.number);
    this.finish(cell, output, result);
    if (ranFirst) cell.note(ranFirst);
    void view?.then((drawing) => (drawing ? drawing.end(text.timeline) : cell.note(text.timelineFailed)));
    void this.liven(cell);
    void this.pump();
  }

  /** Whether, before it began, the cell whose turn it is was stopped, or its kernel ended. */
  private gaveUp(cell: CellView, kernel: Kernel): boolean {
    if (this.kernel !== kernel || this.queue.running !== cell) return true;
    if (this.stopping !== cell) return false;
    this.stopping = null;
    this.queue.finish();
    cell.state = "stopped";
    cell.say(text.dequeued);
    return true;
  }

  private wantsTimeline(cell: CellView): RunRequest["timeline"] {
    if (!cell.timeline || !cell.drawable) return "no";
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? "end" : "live";
  }

  private openTimeline(
    cell: CellView,
    kernel: Kernel,
    run: number,
    when: "end" | "live",
  ): Promise<TimelineView | null> {
    const view = cell.chunks
      .loadChunk(() => import("./timeline"), import.meta.url)
      .then(
        ({ TimelineView }) =>
          new TimelineView(cell, this.page.cells, {
            run,
            live: when === "live",
            draw: () => void kernel.drawTimeline().catch(() => undefined),
            cancel: (lane) => kernel.cancelTask(lane),
          }),
        () => null, // said when the run is over
      );
    this.timelines.set(cell, view);
    return view;
  }

  private closeTimeline(cell: CellView): void {
    void this.timelines.get(cell)?.then((view) => view?.close());
    this.timelines.delete(cell);
  }

  private async showTimeline(timeline: Timeline): Promise<void> {
    const cell = this.runs.get(timeline.run);
    const view = cell && (await this.timelines.get(cell));
    if (!cell || view?.run !== timeline.run) return;
    this.outputs.get(cell)?.start();
    view.show(timeline);
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
    this.teach(cell, output, result);
    for (const main of result.awaited) cell.note(text.awaited(main));
    const { real = 0, simulated = 0 } = result.practice;
    if (real + simulated > 0) cell.note(text.practice(real, simulated, cell.virtual));
    const { missing } = error ?? {};
    // A module whose file did not arrive is named below.
    const ended = result.stopped || result.interrupted;
    if (missing && !ended && this.lostFiles.length === 0) cell.note(text.notInstalled(missing));
    for (const message of this.lostFiles.splice(0)) cell.note(message);
    const all = this.runningAll;
    all?.delete(cell);
    if (cell.state === "error" && !cell.raises) {
      const left = this.dropQueue({ cell, how: "error" });
      if (all || left > 0) this.tell(text.runAllStopped(cell.number, left));
    } else if (all?.size === 0) {
      this.runningAll = null;
      this.tell(text.runAllDone(this.page.cells.length));
    }
  }

  /** A sentence on a classic mistake. Of published code that fails on purpose, the page tells. */
  private teach(cell: CellView, output: OutputView, result: RunResult): void {
    if (result.stopped || result.interrupted) return;
    const ours = cell.source === cell.published && (cell.raises || result.ok);
    if (ours) return;
    const { stderr, results } = output;
    const hint = findHint({ error: result.error, stderr, results, held: result.held });
    if (hint) cell.show(drawHint(hint, result.held, cell.dom.make));
  }

  /** What an edited cell, or one after an edited cell, needs and does not have. */
  private async findMissing(cell: CellView, kernel: Kernel): Promise<First> {
    const upToCell = this.page.cells.slice(0, this.page.cells.indexOf(cell) + 1);
    // Without an answer the cell runs as it is; a NameError explains itself.
    const needs = await kernel.needs(upToCell.map(({ source }) => source)).catch(() => NOTHING);
    const missing = needs.cells.filter((number) => !this.ran.has(number));
    return runFirst(
      upToCell.filter(({ number }) => missing.includes(number)),
      needs.names,
    );
  }

  private sayWaiting(cell: CellView): void {
    const first = this.first.get(cell);
    cell.say(first ? text.runningFirst(first.numbers, first.names) : text.queued(this.queue.before(cell)));
  }

  /** `cell` will not run: neither do those that wait for its sake alone. */
  private dropPulled(cell: CellView): void {
    const pulled = this.first.get(cell)?.cells ?? [];
    this.first.delete(cell);
    for (const other of pulled) {
      const wanted = this.page.cells.some(
        (each) => this.queue.has(each) && each.needs.includes(other.number),
      );
      if (wanted || !this.queue.remove(other)) continue;
      other.state = "idle";
      other.say("");
    }
  }

  /** Empty the queue, because of `why`; returns how many cells will not run. */
  private dropQueue(why: { cell: CellView; how: "error" | "stopped" } | null = null): number {
    this.runningAll = null;
    const dropped = this.queue.clear();
    for (const cell of dropped) {
      const needed = why && this.first.get(cell)?.cells.includes(why.cell);
      cell.state = "idle";
      if (why?.how === "error" && cell.program === why.cell.number) {
        cell.say(text.programFailed(cell.program));
      } else if (needed) {
        const offer = { label: text.runAnyway, act: () => this.runAlone(cell) };
        cell.say(text.notRun(why.cell.number, why.how), [offer]);
      } else {
        cell.say("");
      }
    }
    this.first.clear();
    this.alone.clear();
    return dropped.length;
  }

  // The kernel

  private get python(): string {
    return this.kernel?.config?.versions.python ?? "";
  }

  private ensureKernel(): void {
    if (this.kernel) return;
    this.startFailed = false;
    this.page.setKernel("starting");
    const kernel: Kernel = new Kernel(this.page.version, {
      progress: (report) => this.showProgress(report),
      slow: (message) => this.eachWaiting((cell) => cell.say(message, [this.retry()], "problem")),
      output: (items) => this.kernel === kernel && this.deliver(items),
      timeline: (timeline) => {
        if (this.kernel === kernel) void this.showTimeline(timeline);
      },
      wheelFailed: (file, why) => this.lostFiles.push(text.wheelFailed(file, why)),
      died: (why) => this.kernel === kernel && this.died(why),
    });
    this.kernel = kernel;
    this.showProgress({ text: text.starting, stage: text.starting, loaded: 0, total: 0 });
    kernel.start().then(
      () => {
        if (this.kernel !== kernel) return;
        this.page.setKernel("ready");
        this.eachWaiting((cell) => this.sayWaiting(cell));
        void this.pump();
      },
      async (error: Error) => {
        const { pageIsOld, RELOAD, UPDATED } = this.page.chunks;
        const old = this.kernel === kernel && this.queue.size > 0 && (await pageIsOld());
        if (this.kernel !== kernel) return;
        this.endKernel();
        // Nobody has asked yet: the next Run tries again, and says how it goes.
        if (this.queue.size === 0) return this.page.setKernel("off");
        this.startFailed = true;
        this.page.setKernel("dead");
        if (old) this.failQueue(UPDATED, () => [RELOAD]);
        else this.failQueue(text.bootFailed(error.message), (failed) => [this.retry(failed)]);
      },
    );
  }

  private showProgress(report: ProgressReport): void {
    this.eachWaiting((cell) => cell.showProgress(report));
  }

  private eachWaiting(act: (cell: CellView) => void): void {
    for (const cell of this.page.cells) if (this.queue.has(cell)) act(cell);
  }

  private failQueue(message: string, offers: (failed: CellView[]) => Offer[]): void {
    const failed = this.queue.clear();
    this.runningAll = null;
    if (failed.length === 0) this.tell(message);
    for (const cell of failed) {
      cell.state = "failed";
      cell.say(message, offers(failed), "problem");
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
