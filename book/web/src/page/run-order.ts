/** Keeps which cells run, one after the other: what waits, what runs first for its sake, what has run. */
import type { Needs } from "../shared/protocol";
import type { CellView, Offer } from "./cell";
import type { Page } from "./page";
import { RunQueue } from "./queue";
import { text } from "./text";

export const NO_NEEDS: Needs = { cells: [], names: {} };

/** Cells that run first because another one needs them, and what it uses of them. */
export interface NeededFirst {
  cells: readonly CellView[];
  numbers: number[];
  names: string[];
}

function neededFirst(cells: readonly CellView[], names: Needs["names"]): NeededFirst {
  const numbers = cells.map((cell) => cell.number);
  return { cells, numbers, names: Object.keys(names).filter((name) => numbers.includes(names[name]!)) };
}

export class RunOrder {
  private readonly queue = new RunQueue<CellView>();
  /** Cells that have run on the present Python. */
  private readonly ran = new Set<number>();
  /** Waiting cells, and the earlier ones that run first because of them. */
  private readonly first = new Map<CellView, NeededFirst>();
  /** Cells that the reader wants to run without what they need. */
  private readonly alone = new Set<CellView>();
  /** The cells that "Run all" has yet to run; null when it was not pressed or did not get through. */
  private runningAll: Set<CellView> | null = null;

  /** `runAnyway` is called when the reader wants a cell to run without what it needs. */
  constructor(
    private readonly page: Page,
    private readonly runAnyway: (cell: CellView) => void,
  ) {}

  get running(): CellView | null {
    return this.queue.running;
  }

  /** Return whether no cell waits or runs. */
  get empty(): boolean {
    return this.queue.size === 0;
  }

  /** Return whether a cell has run on the present Python: it may have left variables. */
  get anyRan(): boolean {
    return this.ran.size > 0;
  }

  /** Return the cells that wait, in the order of the page. */
  get waiting(): CellView[] {
    return this.page.cells.filter((cell) => this.queue.has(cell));
  }

  /** Return a cell and, before it, those that have to run for its sake. */
  withNeeded(cell: CellView): CellView[] {
    const { cells, names } = this.needsKnown(cell) ? { cells: cell.needs, names: cell.uses } : NO_NEEDS;
    const missing = this.queue.missing(cells, this.ran);
    const inOrder = (): CellView[] => this.page.cells.filter(({ number }) => missing.includes(number));
    if (missing.length > 0) this.first.set(cell, neededFirst(inOrder(), names));
    // An explorer or a stepper shows what its program does as the program stands now.
    if (cell.program !== null) missing.push(cell.program);
    return [...inOrder(), cell];
  }

  /** Append cells; `say` tells each that waits now what it waits for. */
  add(cells: readonly CellView[], say: boolean): void {
    for (const cell of cells) {
      if (this.running === cell || !this.queue.add(cell)) continue;
      cell.state = "starting";
      if (say) this.sayWaiting(cell);
    }
  }

  /** Note that "Run all" was pressed, and that all cells wait. */
  beginAll(): void {
    this.runningAll = this.empty ? null : new Set(this.page.cells);
  }

  /** Take the next cell, unless one is running. */
  next(): CellView | null {
    return this.queue.next();
  }

  /** Return whether only Python knows what a cell needs: it, or one before it, was edited. */
  mustAskPython(cell: CellView): boolean {
    return !this.needsKnown(cell) && !this.alone.has(cell);
  }

  /** Return the code of the page's cells up to this one. */
  sourcesUpTo(cell: CellView): string[] {
    return this.upTo(cell).map(({ source }) => source);
  }

  /** Return what of `needs`, as Python found them, has not run. */
  missing(cell: CellView, needs: Needs): NeededFirst {
    const missing = needs.cells.filter((number) => !this.ran.has(number));
    return neededFirst(
      this.upTo(cell).filter(({ number }) => missing.includes(number)),
      needs.names,
    );
  }

  /** Let other cells run before `cell`, whose turn it was. */
  putFirst(cell: CellView, needed: NeededFirst): void {
    this.first.set(cell, needed);
    this.queue.putBack(needed.cells);
    for (const each of [...needed.cells, cell]) {
      each.state = "starting";
      this.sayWaiting(each);
    }
  }

  /** Begin with the cell whose turn it is. Returns what ran first for its sake. */
  begin(cell: CellView): NeededFirst | null {
    this.alone.delete(cell);
    const first = this.first.get(cell) ?? null;
    this.first.delete(cell);
    return first;
  }

  /** Pass over the cell whose turn it was. */
  skip(): void {
    this.queue.finish();
  }

  /** Go on after the running cell, or not, as its state says. */
  ended(cell: CellView): void {
    this.queue.finish();
    this.ran.add(cell.number);
    const all = this.runningAll;
    all?.delete(cell);
    if (cell.state === "error" && !cell.raises) {
      const left = this.drop({ cell, how: "error" });
      if (all || left > 0) this.page.tell(text.runAllStopped(cell.number, left));
    } else if (all?.size === 0) {
      this.endAll();
      this.page.tell(text.runAllDone(this.page.cells.length));
    }
  }

  /** Note that "Run all" does not get through, or has. */
  endAll(): void {
    this.runningAll = null;
  }

  /** Forget what has run: Python has ended, and with it the running cell. */
  forgetRuns(): void {
    this.queue.finish();
    this.ran.clear();
  }

  isWaiting(cell: CellView): boolean {
    return this.queue.has(cell);
  }

  /** Tell a waiting cell what it waits for. */
  sayWaiting(cell: CellView): void {
    const first = this.first.get(cell);
    cell.say(first ? text.runningFirst(first.numbers, first.names) : text.queued(this.queue.before(cell)));
  }

  /** Take a cell out; returns whether it was waiting. Those that wait for its sake alone go with it. */
  takeOut(cell: CellView): boolean {
    if (!this.queue.remove(cell)) return false;
    this.endAll();
    const needed = this.first.get(cell)?.cells ?? [];
    this.first.delete(cell);
    for (const other of needed) {
      const wanted = this.waiting.some((each) => each.needs.includes(other.number));
      if (wanted || !this.queue.remove(other)) continue;
      other.state = "idle";
      other.say("");
    }
    return true;
  }

  /** Empty the queue; returns what was waiting, which will wait again. */
  takeWaiting(): CellView[] {
    return this.queue.clear();
  }

  /** Empty the queue, because of `why`; returns how many cells will not run. */
  drop(why: { cell: CellView; how: "error" | "stopped" } | null = null): number {
    this.endAll();
    const dropped = this.queue.clear();
    for (const cell of dropped) {
      const needed = why && this.first.get(cell)?.cells.includes(why.cell);
      cell.state = "idle";
      if (why?.how === "error" && cell.program === why.cell.number) {
        cell.say(text.programFailed(cell.program));
      } else if (needed) {
        const offer = { label: text.runAnyway, act: () => this.letAlone(cell) };
        cell.say(text.notRun(why.cell.number, why.how), [offer]);
      } else {
        cell.say("");
      }
    }
    this.first.clear();
    this.alone.clear();
    return dropped.length;
  }

  /** Python could not start: what waits has failed, and says so with what the reader can do. */
  fail(message: string, offers: (failed: CellView[]) => Offer[]): void {
    const failed = this.queue.clear();
    this.endAll();
    if (failed.length === 0) this.page.tell(message);
    for (const cell of failed) {
      cell.state = "failed";
      cell.say(message, offers(failed), "problem");
    }
  }

  private letAlone(cell: CellView): void {
    this.alone.add(cell);
    this.runAnyway(cell);
  }

  /** Return whether the build knows what a cell needs: what an edit needs, or gives, Python finds out. */
  private needsKnown(cell: CellView): boolean {
    return this.upTo(cell).every(({ source, published }) => source === published);
  }

  private upTo(cell: CellView): CellView[] {
    return this.page.cells.slice(0, this.page.cells.indexOf(cell) + 1);
  }
}
