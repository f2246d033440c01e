/** Declares what the page and its worker say to each other. Types only. */

/** A package in the kernel's lock file. Its address is relative to the list of files. */
export interface LockedPackage {
  depends: string[];
  file_name: string;
  sha256: string;
}

/** `kernel-<hash>.json`, written by kernel_list.py. Addresses are relative to that file. */
export interface KernelConfig {
  schema: 2;
  /** The site's worker: a page that was built for another one is out of date. */
  worker: string;
  versions: { pyodide: string; python: string; kernel: string };
  /** Folder with pyodide.mjs, pyodide.asm.mjs, pyodide.asm.wasm and python_stdlib.zip. */
  pyodide: string;
  lock: { packages: Record<string, LockedPackage> };
  /** Packages loaded at boot, dependencies included. */
  preload: string[];
  /** Bytes on disk of the runtime's files, and of the wheels in `preload`, by file name. */
  runtime: Record<string, number>;
  wheels: Record<string, number>;
  /** SHA-256 of the runtime's files. */
  sha256: Record<string, string>;
  /** Bytes of the runtime's files on the wire, where they are compressed. Wheels already are. */
  transfer: Record<string, number>;
  /** The memory of a kernel that is ready for its first cell, if the build made one. */
  snapshot?: SnapshotInfo;
}

/** The memory snapshot, as snapshot.json describes it. */
export interface SnapshotInfo {
  format: number;
  file: string;
  bytes: number;
  sha256: string;
  /** Length of the part that is not packed: Pyodide's header. */
  prefixBytes: number;
  unpackedBytes: number;
  heapBytes: number;
  /** End of the data that Pyodide's engine comes with. */
  staticEnd: number;
}

export type Stage = "worker" | "download" | "kernel";

export type MimeBundle = Record<string, unknown>;

/** Something a cell put out. `run` numbers the executions of one kernel. */
export type Output =
  | { type: "stream"; run: number; name: "stdout" | "stderr"; text: string }
  | { type: "full"; run: number }
  | { type: "clear"; run: number; wait: boolean }
  | {
      type: "display";
      run: number;
      data: MimeBundle;
      metadata: Record<string, unknown>;
      displayId: string | null;
      update: boolean;
    };

/** Messages the worker posts on its own. Replies to calls go through comlink. */
export type WorkerEvent =
  | { event: "stage"; stage: Stage }
  | { event: "config"; config: KernelConfig }
  | { event: "bytes"; file: string; loaded: number }
  | { event: "fetch-failed"; file: string; why: string }
  | { event: "output"; items: Output[] }
  | { event: "timeline"; timeline: Timeline }
  | { event: "tasks"; left: TasksLeft[] }
  | { event: "fatal"; message: string };

export interface CellError {
  type: string;
  message: string;
  text: string;
  frames: { cell: string; line: number }[];
  /** A module that this Python does not have and the standard library neither, or null. */
  missing: string | null;
  /** Of an exception group: what is in it. */
  tree: ErrorNode | null;
  /** The exception, those in its group and those it came from. */
  all: { type: string; message: string }[];
}

/** One exception of a group, or the group. */
export interface ErrorNode {
  type: string;
  message: string;
  /** Where it was raised, or null if not in a cell. */
  cell: string | null;
  line: number | null;
  members: ErrorNode[];
  /** How many members are not listed. */
  leftOut: number;
  /** The exception it came from; `stated` by `raise … from`, or because it was being handled. */
  because: ErrorNode | null;
  stated: boolean;
}

/** A name that may stand where the cursor is, in place of the code between two positions. */
export interface Completion {
  from: number;
  to: number;
  text: string;
  type: string;
}

/** The drawing of a run, made by overlap_trace. */
export interface Timeline {
  run: number;
  /** A figure: an SVG whose bars have `data-span` and `data-lines`, and the same as a table. */
  html: string;
  /** Lanes, from the top, of tasks that are not done; empty when the run is over. */
  living: number[];
  lanes: string[];
}

/** A task that was cancelled, by name, and when (ms); null if it was done already. */
export type Cancelled = { lane: string; ms: number } | null;

export interface RunRequest {
  run: number;
  cell: number;
  code: string;
  /** A blob URL; the page revokes it to interrupt a cell that computes. */
  untilRevoked: string;
  /** Draw the run: at its end only, or also while it goes on. */
  timeline: "no" | "end" | "live";
  /** Run on a virtual clock. */
  virtual: boolean;
}

export interface RunResult {
  ok: boolean;
  ms: number;
  error: CellError | null;
  /** Seconds in `time.sleep` while other tasks of the run had to wait. */
  held: number;
  /** Requests to the practice server, by what answered them. */
  practice: { real?: number; simulated?: number };
  /** Output reached its limit, and so many lines were left out. */
  full: boolean;
  leftOut: number;
  /** Cancelled at an await, or interrupted while it computed or after it was cancelled. */
  stopped: boolean;
  interrupted: boolean;
  /** Its tasks that go on. */
  left: TasksLeft;
}

/** Tasks that go on after their run. */
export interface TasksLeft {
  run: number;
  count: number;
  /** The names of some of them. */
  names: string[];
  /** How many have failed, and Python has told of it. */
  failed: number;
}

/** What has become of tasks that go on, and whether there will be more to tell. */
export interface TaskNews {
  left: TasksLeft[];
  more: boolean;
}

/** The needs of a cell: what it takes from the cells before it. */
export interface Needs {
  /** All of them, by number. */
  cells: number[];
  /** The names that the cell itself uses, each with the cell that defines it. */
  names: Record<string, number>;
}

/** The methods that the worker offers over comlink. */
export interface KernelWorker {
  start(configUrl: string): Promise<void>;
  run(request: RunRequest): Promise<RunResult>;
  cancel(): Promise<boolean>;
  /** Raise KeyboardInterrupt in the running cell, which goes on although it was cancelled. */
  interruptRun(): Promise<void>;
  /**
   * Cancel the tasks of runs that have ended; `again`: raise KeyboardInterrupt in them.
   * `untilRevoked` takes the place of the URL that the page has revoked.
   */
  stopTasks(runs: number[], again: boolean, untilRevoked: string): Promise<void>;
  /** Return what the last of `sources` needs; they are a page's cells from the first on. */
  needs(sources: string[]): Promise<Needs>;
  complete(code: string, cursor: number): Promise<Completion[]>;
  /** Draw the running cell now; the drawing comes as an event. */
  drawTimeline(): Promise<void>;
  /** Cancel the task of one lane of the running cell. */
  cancelTask(lane: number): Promise<Cancelled>;
}
