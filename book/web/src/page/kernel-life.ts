/**
 * Keeps the page's Python: starts it, stops what it runs, restarts it, gives its memory back while the
 * tab is in the background for long, and says so when it dies.
 */
import { startPracticeServer } from "../offline/registration";
import { GIVE_BACK_AFTER_MINUTES } from "../shared/contract";
import type { CellView, Offer } from "./cell";
import { Kernel, type KernelHandlers, missingSupport } from "./kernel";
import type { Page } from "./page";
import type { ProgressReport } from "./progress";
import type { Results } from "./results";
import type { RunOrder } from "./run-order";
import { text } from "./text";

/** Milliseconds that a cell may take to hear that it should stop, and then to clean up. */
export const HEAR = 1000;
export const CLEAN_UP = 3000;

/** Called when Python is ready, or has sent something. Nothing comes from one that was ended. */
export interface KernelEvents extends Pick<KernelHandlers, "output" | "timeline" | "tasks"> {
  ready(): void;
  /** Python has ended. */
  ended(): void;
  /** Run these cells: the reader has pressed Retry. */
  again(cells: CellView[]): void;
}

export class KernelLife {
  private present: Kernel | null = null;
  /** The reader was told that the last start failed. */
  private startFailed = false;
  private stopping: CellView | null = null;
  private hiddenFor: ReturnType<typeof setTimeout> | undefined;
  /** Python was ended in the background, with variables, and the reader does not know it yet. */
  private gaveBack = false;
  /** The cell that is stopped was cancelled and goes on, and was interrupted. */
  private interrupting = false;
  /** The kernel that can reach the practice server, or tried. */
  private practising: Kernel | null = null;

  constructor(
    private readonly page: Page,
    private readonly order: RunOrder,
    private readonly results: Results,
    private readonly on: KernelEvents,
  ) {
    document.addEventListener("visibilitychange", () => this.watchTab());
    this.watchTab();
  }

  /** Return the kernel that is there or starts. */
  get kernel(): Kernel | null {
    return this.present;
  }

  /** Return the kernel, when it can run a cell. */
  get ready(): Kernel | null {
    return this.present?.ready ? this.present : null;
  }

  /** Start Python before it is needed; after a start that failed the reader decides. */
  warm(): void {
    if (!missingSupport() && !this.startFailed) this.ensure();
  }

  /** Start Python, unless it is there or starts. */
  ensure(): void {
    if (this.present) return;
    this.startFailed = false;
    this.page.setKernel("starting");
    const kernel: Kernel = new Kernel(this.page.version, {
      progress: (report) => this.showProgress(report),
      slow: (message) => {
        for (const cell of this.order.waiting) cell.say(message, [this.retry()], "problem");
      },
      output: (items) => {
        if (this.present === kernel) this.on.output(items);
      },
      timeline: (timeline) => {
        if (this.present === kernel) this.on.timeline(timeline);
      },
      tasks: (left) => {
        if (this.present === kernel) this.on.tasks(left);
      },
      wheelFailed: (file, why) => this.results.lostFile(file, why),
      died: (why) => {
        if (this.present === kernel) this.died(why);
      },
    });
    this.present = kernel;
    this.showProgress({ text: text.starting, stage: text.starting, loaded: 0, total: 0 });
    kernel.start().then(
      () => {
        if (this.present !== kernel) return;
        this.page.setKernel("ready");
        for (const cell of this.order.waiting) this.order.sayWaiting(cell);
        this.on.ready();
      },
      (error: Error) => this.notStarted(kernel, error),
    );
  }

  /** Stop the running cell: cancel it if it listens, then interrupt it, and end the worker if it goes on. */
  async stop(cell: CellView): Promise<void> {
    const kernel = this.present;
    if (!kernel) return;
    const isSecond = this.stopping === cell;
    if (isSecond && this.interrupting) return this.kill(cell, text.thirdStop);
    this.stopping = cell;
    this.interrupting = isSecond;
    cell.say(isSecond ? text.interrupting : text.stopping);
    const heard = await Promise.race([
      (isSecond ? kernel.interrupt() : kernel.cancel()).then(
        () => true,
        () => true,
      ),
      new Promise<null>((resolve) => setTimeout(() => resolve(null), HEAR)),
    ]);
    const goesOn = (): boolean =>
      this.stopping === cell && this.present === kernel && this.interrupting === isSecond;
    if (!goesOn()) return;
    if (heard === null) return this.kill(cell, text.notYielding);
    setTimeout(() => {
      if (goesOn()) cell.say(isSecond ? text.ignoringAll : text.ignoring, [], "problem");
    }, CLEAN_UP);
  }

  isStopping(cell: CellView): boolean {
    return this.stopping === cell;
  }

  /** Note that the running cell has ended: there is nothing to stop. */
  settle(): void {
    this.stopping = null;
    this.interrupting = false;
  }

  /** End Python and start a fresh one. */
  restart(): void {
    const { running } = this.order;
    this.order.drop();
    this.end();
    if (running) {
      this.results.end(running, text.endedByStop);
      running.state = "stopped";
      running.say(text.restartedHere);
    }
    this.nothingHasRun();
    this.page.tell(this.results.any ? text.restarted : text.restartedEmpty);
    this.ensure();
  }

  /** Return whether a cell has to wait until the practice server is there for this Python, and awake. */
  needsPractice(cell: CellView): boolean {
    return cell.source.includes("practice_server");
  }

  /** Let the service worker answer the requests of this Python, or wake it if it does. */
  async startPractice(): Promise<void> {
    const kernel = this.present;
    await startPracticeServer(this.practising !== kernel);
    this.practising = kernel;
  }

  private async notStarted(kernel: Kernel, error: Error): Promise<void> {
    const { pageIsOld, RELOAD, UPDATED } = this.page.chunks;
    const old = this.present === kernel && !this.order.empty && (await pageIsOld());
    if (this.present !== kernel) return;
    this.end();
    // Nobody has asked yet: the next Run tries again, and says how it goes.
    if (this.order.empty) return this.page.setKernel("off");
    this.startFailed = true;
    this.page.setKernel("dead");
    if (old) this.order.fail(UPDATED, () => [RELOAD]);
    else this.order.fail(text.bootFailed(error.message), (failed) => [this.retry(failed)]);
  }

  private watchTab(): void {
    clearTimeout(this.hiddenFor);
    if (document.hidden) {
      this.hiddenFor = setTimeout(() => this.giveBack(), GIVE_BACK_AFTER_MINUTES * 60_000);
    } else if (this.gaveBack) {
      this.gaveBack = false;
      this.page.tell(text.gaveBack(GIVE_BACK_AFTER_MINUTES));
    }
  }

  /** End a Python that does nothing; what runs, or waits to, goes on, and later we look again. */
  private giveBack(): void {
    const tasksGoOn = this.page.cells.some(({ state }) => state === "ongoing");
    if (!this.order.empty || tasksGoOn) return this.watchTab();
    if (!this.present) return;
    this.gaveBack = this.order.anyRan;
    this.end();
    this.nothingHasRun();
    this.page.setKernel("off");
  }

  private nothingHasRun(): void {
    for (const cell of this.page.cells) if (cell.state !== "stopped") cell.state = "idle";
  }

  private showProgress(report: ProgressReport): void {
    for (const cell of this.order.waiting) cell.showProgress(report);
  }

  /** Return a button that starts Python again and then runs what was waiting. */
  private retry(cells?: CellView[]): Offer {
    return {
      label: text.retry,
      act: () => {
        const again = cells ?? this.order.takeWaiting();
        this.end();
        this.on.again(again);
      },
    };
  }

  private end(): void {
    this.present?.terminate();
    this.present = null;
    this.settle();
    this.order.forgetRuns();
    this.on.ended();
  }

  private kill(cell: CellView, why: string): void {
    this.order.endAll();
    this.results.end(cell, text.endedByStop);
    this.end();
    cell.state = "stopped";
    cell.say(text.killed(why), [], "problem");
    this.ensure();
  }

  private died(why: string): void {
    const { running } = this.order;
    this.order.drop();
    this.end();
    this.page.setKernel("dead");
    if (running) {
      this.results.end(running, text.endedByFailure);
      running.state = "failed";
      running.say(text.died(why), [this.retry([running])], "problem");
    } else {
      this.page.tell(text.died(why));
    }
  }
}
