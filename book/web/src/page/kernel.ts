/** Holds one worker with one Python in it, as the page sees it. A restart makes a new one. */
import { type Remote, releaseProxy, wrap } from "comlink";
import type {
  Cancelled,
  Completion,
  KernelConfig,
  KernelWorker,
  Needs,
  Output,
  RunRequest,
  RunResult,
  TasksLeft,
  Timeline,
  WorkerEvent,
} from "../shared/protocol";
import { Progress, type ProgressReport, Watchdog } from "./progress";
import { text } from "./text";

export interface KernelHandlers {
  progress(report: ProgressReport): void;
  slow(message: string): void;
  output(items: Output[]): void;
  timeline(timeline: Timeline): void;
  tasks(left: TasksLeft[]): void;
  wheelFailed(file: string, why: string): void;
  died(why: string): void;
}

/** Seconds without any sign of life before the reader is told; four times as many end it. */
const PATIENCE = { worker: 10, download: 15, kernel: 30 };

/** The runner's folder: this module is bundled into runner.js or chunks/. */
const HERE = new URL(import.meta.url.includes("/chunks/") ? "../" : "./", import.meta.url);

/** A module that throws in the way that Pyodide's engine does. */
const THROWS = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11,
];

/** Return the name of what this browser lacks to run Python, or null. */
export function missingSupport(): string | null {
  if (typeof WebAssembly !== "object") return "WebAssembly";
  if (!WebAssembly.validate(Uint8Array.from(THROWS))) return "exceptions in WebAssembly";
  let modules = false;
  const probe = {
    // Reading it is all we want to know; throwing keeps the worker from being made.
    get type(): "module" {
      modules = true;
      throw new Error("seen");
    },
  };
  try {
    new Worker("data:text/javascript,", probe).terminate();
  } catch {
    // Thrown above, or the page's policy, which allows no such worker.
  }
  return modules ? null : "module workers";
}

export class Kernel {
  config: KernelConfig | null = null;
  ready = false;
  private readonly worker: Worker;
  private readonly remote: Remote<KernelWorker>;
  private readonly progress = new Progress();
  private readonly watchdog: Watchdog;
  /** Blob URLs; Python may be interrupted when the page revokes the one that it was given last. */
  private urls: string[] = [];
  private stage: keyof typeof PATIENCE = "worker";
  private fail!: (error: Error) => void;
  /** Rejects when the worker fails or is ended; every call races against it. */
  private readonly gone: Promise<never>;

  /** `version` names the list of files that the page was published with. */
  constructor(
    private readonly version: string,
    private readonly handlers: KernelHandlers,
  ) {
    this.gone = new Promise((_, reject) => (this.fail = reject));
    this.gone.catch(() => undefined);
    this.watchdog = new Watchdog(
      (seconds) => handlers.slow(text.slow(this.progress.report().text, seconds)),
      (seconds) => this.fail(new Error(text.stalled(this.progress.report().text, seconds))),
    );
    this.worker = new Worker(new URL(WORKER_FILE, HERE), { type: "module" });
    this.worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.lost(event.message || `${WORKER_FILE} could not be loaded`);
    });
    this.worker.addEventListener("message", ({ data }: MessageEvent<WorkerEvent>) => {
      if (data.event) this.receive(data);
    });
    this.remote = wrap<KernelWorker>(this.worker);
  }

  /** Start Python. Rejects with a sentence that names what failed. */
  async start(): Promise<void> {
    this.beat();
    try {
      await Promise.race([this.gone, this.remote.start(new URL(`kernel-${this.version}.json`, HERE).href)]);
      this.ready = true;
    } finally {
      this.watchdog.stop();
    }
  }

  /** Run one cell. Rejects only if the worker is gone. */
  async run(request: Omit<RunRequest, "untilRevoked">): Promise<RunResult> {
    // The worker may still ask for the URL of the run before.
    const before = [...this.urls];
    const untilRevoked = this.makeUrl();
    try {
      return await Promise.race([this.gone, this.remote.run({ ...request, untilRevoked })]);
    } finally {
      this.revoke(before);
    }
  }

  private makeUrl(): string {
    // Without a type, Firefox reads it as XML at each poll, and logs an error.
    const url = URL.createObjectURL(new Blob(["go on"], { type: "text/plain" }));
    this.urls.push(url);
    return url;
  }

  private revoke(urls: readonly string[]): void {
    urls.forEach(URL.revokeObjectURL);
    this.urls = this.urls.filter((url) => !urls.includes(url));
  }

  /** Ask the running cell to stop. Resolves once the worker has heard it. */
  async cancel(): Promise<boolean> {
    this.revoke(this.urls);
    return await Promise.race([this.gone, this.remote.cancel()]);
  }

  /** Raise KeyboardInterrupt in the running cell, which goes on although it was cancelled. */
  async interrupt(): Promise<void> {
    await Promise.race([this.gone, this.remote.interruptRun()]);
  }

  /**
   * Cancel the tasks of runs that have ended, or `again`: raise KeyboardInterrupt in them.
   * What computes is interrupted, unless that can be a cell (`isRunning`).
   */
  async stopTasks(runs: number[], again: boolean, isRunning: boolean): Promise<void> {
    const before = isRunning ? [] : [...this.urls];
    const untilRevoked = isRunning ? "" : this.makeUrl();
    this.revoke(before);
    await Promise.race([this.gone, this.remote.stopTasks(runs, again, untilRevoked)]);
  }

  /** Return what the last of a page's first cells needs from those before it. */
  async needs(sources: string[]): Promise<Needs> {
    return await Promise.race([this.gone, this.remote.needs(sources)]);
  }

  /** Return the names that may stand at `cursor`. While a cell computes, the answer waits. */
  async complete(code: string, cursor: number): Promise<Completion[]> {
    return await Promise.race([this.gone, this.remote.complete(code, cursor)]);
  }

  /** Draw the running cell as soon as the worker gives control back. */
  async drawTimeline(): Promise<void> {
    await Promise.race([this.gone, this.remote.drawTimeline()]);
  }

  /** Cancel one task of the running cell, by its lane in the timeline. */
  async cancelTask(lane: number): Promise<Cancelled> {
    return await Promise.race([this.gone, this.remote.cancelTask(lane)]);
  }

  /** End the worker, whatever it does. */
  terminate(): void {
    this.watchdog.stop();
    this.remote[releaseProxy]();
    this.worker.terminate();
    this.fail(new Error("Python was ended"));
  }

  private receive(data: WorkerEvent): void {
    switch (data.event) {
      case "output":
        this.handlers.output(data.items);
        return;
      case "timeline":
        this.handlers.timeline(data.timeline);
        return;
      case "tasks":
        this.handlers.tasks(data.left);
        return;
      case "fatal":
        this.lost(data.message);
        return;
      case "fetch-failed":
        // During the start the rejection of `start` says it.
        if (this.ready) this.handlers.wheelFailed(data.file, data.why);
        return;
      case "stage":
        this.stage = data.stage;
        this.progress.setStage(data.stage);
        break;
      case "config":
        this.config = data.config;
        this.progress.setConfig(data.config);
        if (data.config.worker !== WORKER_FILE) this.fail(new Error(text.outdated));
        break;
      case "bytes":
        this.progress.setBytes(data.file, data.loaded);
    }
    if (this.ready) return;
    this.beat();
    this.handlers.progress(this.progress.report());
  }

  private beat(): void {
    this.watchdog.beat(PATIENCE[this.stage]);
  }

  private lost(why: string): void {
    if (this.ready) this.handlers.died(why);
    this.fail(new Error(why));
  }
}
