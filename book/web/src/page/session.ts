/**
 * Does what the reader wants of the cells of one page: makes the objects that do it, and wires them.
 * Loaded on the reader's first sign of intent.
 *
 * Each object owns its state: RunOrder what waits and has run, KernelLife the page's Python, Results
 * what runs put out, GoingOn the tasks that outlive them, Drawings the timelines, Editing the editors, ForeignCode the code that links bring.
 * RunLoop lets them take part in each run.
 */
import type { CellView } from "./cell";
import { Drawings } from "./drawings";
import { Editing } from "./editing";
import { ForeignCode } from "./foreign-code";
import { GoingOn } from "./going-on";
import { KernelLife } from "./kernel-life";
import type { Page } from "./page";
import { Results } from "./results";
import { type Collaborators, RunLoop } from "./run-loop";
import { RunOrder } from "./run-order";
import { text } from "./text";

export class Session {
  private readonly by: Collaborators;
  private readonly loop: RunLoop;

  constructor(private readonly page: Page) {
    const results = new Results();
    const order = new RunOrder(page, (cell) => this.loop.enqueue([cell], cell));
    const drawings = new Drawings(page, results);
    const goingOn = new GoingOn(results, order, () => life);
    const life: KernelLife = new KernelLife(page, order, results, {
      ready: () => void this.loop.next(),
      again: (cells) => this.loop.enqueue(cells, cells[0]),
      output: (items) => results.deliver(items),
      timeline: (timeline) => void drawings.show(timeline),
      tasks: (left) => goingOn.hear(left),
      ended: () => goingOn.lose(),
    });
    const editing = new Editing(page, life, (cell) => this.run(cell));
    const foreign = new ForeignCode(page, editing, order, {
      run: (cells, focus) => this.loop.enqueue(cells, focus),
      usePublished: (cell) => this.reset(cell),
    });
    this.by = { order, life, results, goingOn, drawings, editing, foreign };
    this.loop = new RunLoop(page, this.by);
  }

  /** Start Python before it is needed. */
  warm(): void {
    this.by.life.warm();
  }

  run(cell: CellView): void {
    this.loop.enqueue(this.by.order.withNeeded(cell));
  }

  runAll(): void {
    this.loop.enqueue(this.page.cells);
    this.by.order.beginAll();
  }

  /** Stop a cell, or take it out of the queue. */
  async stop(cell: CellView): Promise<void> {
    const { order, life } = this.by;
    if (order.takeOut(cell)) {
      cell.state = "stopped";
      cell.say(text.dequeued);
    } else if (order.running === cell) {
      order.drop({ cell, how: "stopped" });
      await life.stop(cell);
    }
  }

  /** End Python and start a fresh one. */
  restart(): void {
    this.by.life.restart();
  }

  /** Draw the runs of a cell from now on, beginning with one; or no longer. */
  timeline(cell: CellView): void {
    cell.timeline = !cell.timeline;
    if (!cell.timeline) {
      this.by.drawings.close(cell);
    } else if (cell.active) {
      cell.say(text.timelineNext);
    } else {
      cell.state = "starting";
      this.run(cell);
    }
  }

  /** Let the drawings that a cell shows answer to pointer and keyboard. */
  async liven(cell: CellView): Promise<void> {
    await this.by.drawings.liven(cell);
  }

  /** Put code into a cell's editor, to be read there and run by the reader. */
  async put(cell: CellView, source: string): Promise<void> {
    await this.by.editing.edit(cell, source);
  }

  async edit(cell: CellView): Promise<void> {
    await this.by.editing.edit(cell);
  }

  /** Show the code that a link brought. It runs only when the reader has agreed. */
  async openLink(cell: CellView, hash: string): Promise<void> {
    await this.by.foreign.open(cell, hash);
  }

  /** Go back to the published code and its recorded output. */
  reset(cell: CellView): void {
    const { editing, foreign, results, drawings } = this.by;
    editing.close(cell);
    if (!foreign.drop(cell)) this.page.edits.forgetEdit(cell);
    if (cell.active) return;
    editing.markFailed(cell, null);
    results.close(cell);
    drawings.close(cell);
    cell.clearLive();
    cell.state = "idle";
    cell.focusEdit();
  }
}

export function open(page: Page): Session {
  return new Session(page);
}
