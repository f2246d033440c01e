/**
 * Entry of worker/: the page's kernel, which is JupyterLite's Pyodide kernel in a module worker,
 * driven over comlink.
 *
 * What is in worker/ runs beside the document, with Python. It may import shared/ and nothing else of
 * this project. The Python of the page, overlap_page, comes to the kernel as a wheel.
 */
import { PyodideRemoteKernel } from "@jupyterlite/pyodide-kernel/lib/worker";
import { expose } from "comlink";
import type {
  Cancelled,
  Completion,
  KernelConfig,
  KernelWorker,
  MimeBundle,
  Needs,
  RunRequest,
  RunResult,
  TaskNews,
  WorkerEvent,
} from "../shared/protocol";
import { pythonCache } from "../shared/saved";
import { boot } from "./boot";
import { countedFetch, FileError, fetchJson } from "./fetching";
import { Interrupt } from "./interrupt";
import { Outbox } from "./outbox";
import type { CellRunner, PagePython } from "./python";
import { Store } from "./store";

/** Milliseconds between two looks at tasks that go on, and the share of the time that looking may take. */
const LOOK = 100;
const SHARE = 20;

const post = (event: WorkerEvent): void => self.postMessage(event);

/** A message of the Jupyter protocol as PyodideRemoteKernel sends it. */
interface KernelMessage {
  type: string;
  parentHeader: { run: number };
  bundle: {
    data: MimeBundle;
    metadata?: Record<string, unknown>;
    transient?: { display_id?: string };
    wait?: boolean;
  };
}

class WorkerKernel extends PyodideRemoteKernel implements KernelWorker {
  private config!: KernelConfig;
  private base = "";
  private store!: Store;
  private python!: PagePython;
  private runner!: CellRunner;
  private readonly interrupt = new Interrupt();
  private isLooking = false;
  private readonly outbox = new Outbox((items) => post({ event: "output", items }));

  async start(configUrl: string): Promise<void> {
    this.registerWorkerMessageCallback((message: KernelMessage) => this.deliver(message));
    let booted = false;
    // Pyodide only logs a file that is missing or broken, and then waits for ever.
    const failure = new Promise<never>((_, reject) => {
      const plain = self.fetch.bind(self);
      this.store = new Store(pythonCache(new URL("../../", configUrl).href), plain);
      const counted = countedFetch(this.store.request, {
        bytes: (file, loaded) => post({ event: "bytes", file, loaded }),
        failed: (file, why) => {
          // There is a start without a snapshot: boot.ts turns to that.
          if (file.endsWith(".snapshot")) return;
          post({ event: "fetch-failed", file, why });
          reject(new FileError(file, why));
        },
      });
      // After boot only wheels are ours to watch; other requests are the reader's own.
      self.fetch = (input, init) =>
        booted && !String(input).endsWith(".whl") ? plain(input, init) : counted(input, init);
      const compile = WebAssembly.instantiateStreaming.bind(WebAssembly);
      WebAssembly.instantiateStreaming = (source, imports) =>
        compile(source, imports)
          .catch(async (error: Error) => {
            const another = await this.store.replaceEngine();
            if (!another) throw error;
            return compile(another, imports);
          })
          .catch((error: Error) => {
            reject(new FileError("pyodide.asm.wasm", error.message));
            throw error;
          });
    });
    await Promise.race([failure, this.bootFrom(configUrl)]);
    booted = true;
    failure.catch(() => undefined);
    void this.store.settle();
  }

  private async bootFrom(configUrl: string): Promise<void> {
    post({ event: "stage", stage: "download" });
    this.base = configUrl;
    this.store.want(configUrl, /kernel-(\w+)\.json$/.exec(configUrl)?.[1] ?? "");
    this.config = (await fetchJson(configUrl)) as KernelConfig;
    post({ event: "config", config: this.config });
    await this.initialize({
      baseUrl: this.base,
      location: "",
      mountDrive: false,
      disablePyPIFallback: true,
    } as unknown as Parameters<PyodideRemoteKernel["initialize"]>[0]);
  }

  protected override async initRuntime(): Promise<void> {
    const started = await boot(this.config, this.base, this.store, (why) => {
      console.warn(`Python starts without its snapshot. ${why}`);
      delete this.config.snapshot;
      post({ event: "config", config: this.config });
    });
    this._pyodide = started.pyodide;
    this.python = started.python;
    const api = (this._pyodide as unknown as { _api: { on_fatal: (e: Error) => void } })._api;
    api.on_fatal = (error) => post({ event: "fatal", message: `${error.name}: ${error.message}` });
  }

  /** No package manager: all packages come from the lock file, by import. */
  protected override async initPackageManager(): Promise<void> {}

  /** Its modules are imported by `boot`. */
  protected override async initKernel(): Promise<void> {
    post({ event: "stage", stage: "kernel" });
  }

  protected override async initGlobals(
    options: Parameters<PyodideRemoteKernel["initGlobals"]>[0],
  ): Promise<void> {
    await super.initGlobals(options);
    this.runner = this.python.install(this._interpreter, {
      interrupt: this.interrupt,
      stream: (run, name, text) => this.outbox.push({ type: "stream", run, name, text }),
      full: (run) => this.outbox.push({ type: "full", run }),
      timeline: (drawing) => post({ event: "timeline", timeline: JSON.parse(drawing) }),
    });
    this._pyodide.setInterruptBuffer(this.interrupt as unknown as Uint8Array);
  }

  async run({ code, untilRevoked, ...header }: RunRequest): Promise<RunResult> {
    const began = performance.now();
    this.interrupt.arm(untilRevoked);
    const reply = await this.execute({ code } as never, { header });
    const ms = performance.now() - began;
    // The interrupt stays armed, for tasks that go on.
    const { fired } = this.interrupt;
    this.outbox.flush();
    this.lookLater(LOOK);
    if (header.timeline !== "no") await this.drawTimeline();
    const told = JSON.parse(reply.overlap) as Omit<RunResult, "ok" | "ms">;
    return { ok: reply.status === "ok", ms, ...told, interrupted: fired || told.interrupted };
  }

  /** Tell the page what has become of tasks that go on, as long as there are any. */
  private lookLater(ms: number): void {
    if (this.isLooking) return;
    this.isLooking = true;
    setTimeout(() => {
      this.isLooking = false;
      const began = performance.now();
      const { left, more } = JSON.parse(this.runner.look()) as TaskNews;
      this.outbox.flush();
      if (left.length > 0) post({ event: "tasks", left });
      if (more) this.lookLater(Math.max(LOOK, SHARE * (performance.now() - began)));
    }, ms);
  }

  async cancel(): Promise<boolean> {
    this.interrupt.disarm();
    return this.runner.cancel();
  }

  async interruptRun(): Promise<void> {
    this.runner.interrupt();
  }

  async stopTasks(runs: number[], again: boolean, untilRevoked: string): Promise<void> {
    if (untilRevoked) this.interrupt.arm(untilRevoked);
    this.runner.stop_tasks(JSON.stringify(runs), again);
    this.lookLater(0);
  }

  // The kernel class has a method of this name for JupyterLab, with other arguments.
  override async complete(code: string, cursor: number): Promise<Completion[]> {
    return JSON.parse(this.runner.complete(code, cursor)) as Completion[];
  }

  async needs(sources: string[]): Promise<Needs> {
    return JSON.parse(this.runner.needs(JSON.stringify(sources))) as Needs;
  }

  /** A drawing that fails is no failure of the run. */
  async drawTimeline(): Promise<void> {
    try {
      this.runner.draw();
    } catch (error) {
      console.warn(`The timeline could not be drawn. ${error}`);
    }
  }

  async cancelTask(lane: number): Promise<Cancelled> {
    return JSON.parse(this.runner.cancel_task(lane)) as Cancelled;
  }

  /** Never called: kernel.py refuses input() in Python. */
  protected override sendInputRequest(): undefined {}

  private deliver({ type, parentHeader, bundle }: KernelMessage): void {
    const { run } = parentHeader;
    switch (type) {
      case "clear_output":
        this.outbox.push({ type: "clear", run, wait: Boolean(bundle.wait) });
        break;
      case "display_data":
      case "update_display_data":
      case "execute_result":
        this.outbox.push({
          type: "display",
          run,
          data: bundle.data,
          metadata: bundle.metadata ?? {},
          displayId: bundle.transient?.display_id ?? null,
          update: type === "update_display_data",
        });
        break;
      // `execute_error` comes with the reply; widgets (`comm_*`) are not drawn in a page.
    }
  }
}

expose(new WorkerKernel());
