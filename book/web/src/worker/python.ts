/** What the worker and the Python package `overlap_page` offer each other. Types only. */
import type { Interrupt } from "./interrupt";

/** The module `overlap_page.kernel`. */
export interface PagePython {
  /** Change the kernel of an IPython shell; returns what runs its cells. */
  install(shell: unknown, page: Page): CellRunner;
}

/** What Python calls; page.py has the same in Python. */
export interface Page {
  interrupt: Pick<Interrupt, "due" | "heard">;
  stream(run: number, name: "stdout" | "stderr", text: string): void;
  full(run: number): void;
  /** `drawing` is a Timeline as JSON. */
  timeline(drawing: string): void;
}

/** What the worker calls; kernel.py has the class. */
export interface CellRunner {
  cancel(): boolean;
  interrupt(): void;
  /** Returns a TaskNews as JSON. */
  look(): string;
  /** `runs` is a list as JSON. */
  stop_tasks(runs: string, again: boolean): void;
  /** `sources` is a list as JSON. Returns a Needs as JSON. */
  needs(sources: string): string;
  /** Returns a list of Completion as JSON. */
  complete(code: string, cursor: number): string;
  draw(): void;
  /** Returns a Cancelled as JSON. */
  cancel_task(lane: number): string;
}
