/** Runs cell after cell: what waits begins when its turn comes, and what came of it is shown. */
import type { RunResult } from "../shared/protocol";
import type { CellView } from "./cell";
import type { Drawings } from "./drawings";
import type { Editing } from "./editing";
import type { ForeignCode } from "./foreign-code";
import type { GoingOn } from "./going-on";
import { type Kernel, missingSupport } from "./kernel";
import type { KernelLife } from "./kernel-life";
import type { Page } from "./page";
import type { Results } from "./results";
import { NO_NEEDS, type RunOrder } from "./run-order";
import { text } from "./text";

/** The objects that take part in a run. */
export interface Collaborators {
  order: RunOrder;
  life: KernelLife;
  results: Results;
  goingOn: GoingOn;
  drawings: Drawings;
  editing: Editing;
  foreign: ForeignCode;
}

export class RunLoop {
  constructor(
    private readonly page: Page,
    private readonly by: Collaborators,
  ) {}

  /** Let cells run when their turn comes; the focus goes to one of them, if it is given. */
  enqueue(cells: readonly CellView[], focus?: CellView): void {
    const { order, life, foreign } = this.by;
    const lacking = missingSupport();
    this.page.tell("");
    if (foreign.asksFirst(cells)) return;
    this.page.offerRestart();
    // While Python starts, those that wait show how far that is.
    order.add(cells, life.ready !== null || life.kernel === null);
    focus?.focusRun();
    if (lacking) {
      this.page.setKernel("dead");
      return order.fail(text.noSupport(lacking), () => []);
    }
    life.ensure();
    void this.next();
  }

  /** Run the next cell, if Python is ready and no other one runs. */
  async next(): Promise<void> {
    const { order, life, results, goingOn, drawings, editing } = this.by;
    const kernel = life.ready;
    const cell = kernel && order.next();
    if (!cell) return;
    if (order.mustAskPython(cell) || life.needsPractice(cell)) {
      // The reader may press Stop meanwhile: a run that need not wait begins at once.
      if (!(await this.prepare(cell, kernel)) || this.gaveUp(cell, kernel)) return;
    }
    const first = order.begin(cell);
    const ranFirst = first && text.ranFirst(first.numbers, first.names);
    const run = results.begin(cell, kernel.config?.versions.python ?? "");
    editing.markFailed(cell, null);
    cell.state = "running";
    cell.say(ranFirst ?? "");
    goingOn.show(cell);
    const drawing = drawings.begin(cell, kernel, run);
    let result: RunResult;
    try {
      result = await kernel.run({
        run,
        cell: cell.number,
        code: cell.source,
        timeline: drawing.when,
        virtual: cell.virtual,
      });
    } catch {
      return drawing.cutOff(); // The kernel is gone; whoever ended it has said so.
    }
    if (life.kernel !== kernel) return;
    life.settle();
    const line = results.show(cell, result);
    goingOn.hear([result.left]);
    if (line !== null) editing.markFailed(cell, line);
    order.ended(cell);
    if (ranFirst) cell.note(ranFirst);
    drawing.end();
    void drawings.liven(cell);
    void this.next();
  }

  /** Return whether a cell has what it needs, once the practice server is there if it uses that. */
  private async prepare(cell: CellView, kernel: Kernel): Promise<boolean> {
    const { order, life } = this.by;
    if (order.mustAskPython(cell) && !(await this.hasNeeded(cell, kernel))) return false;
    if (life.needsPractice(cell)) await life.startPractice();
    return true;
  }

  /** Return whether an edited cell, or one after an edited cell, has what it needs; else that runs first. */
  private async hasNeeded(cell: CellView, kernel: Kernel): Promise<boolean> {
    const { order, foreign } = this.by;
    // Without an answer the cell runs as it is; a NameError explains itself.
    const needs = await kernel.needs(order.sourcesUpTo(cell)).catch(() => NO_NEEDS);
    const missing = order.missing(cell, needs);
    if (this.gaveUp(cell, kernel)) return false;
    if (foreign.asksFirst([...missing.cells, cell])) {
      order.skip();
      cell.state = "idle";
    } else if (missing.cells.length > 0) {
      order.putFirst(cell, missing);
    } else {
      return true;
    }
    void this.next();
    return false;
  }

  /** Return whether, before it began, the cell whose turn it is was stopped, or its kernel ended. */
  private gaveUp(cell: CellView, kernel: Kernel): boolean {
    const { order, life } = this.by;
    if (life.kernel !== kernel || order.running !== cell) return true;
    if (!life.isStopping(cell)) return false;
    life.settle();
    order.skip();
    cell.state = "stopped";
    cell.say(text.dequeued);
    return true;
  }
}
