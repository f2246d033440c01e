/** Keeps which cell runs next, and which cells another one needs first. Knows nothing of the page. */

export interface Queued {
  readonly number: number;
}

/** One queue per page; a cell waits in it once at most. */
export class RunQueue<Cell extends Queued> {
  private waiting: Cell[] = [];
  running: Cell | null = null;

  /** Append a cell. Returns whether it was not waiting already. */
  add(cell: Cell): boolean {
    if (this.waiting.includes(cell)) return false;
    this.waiting.push(cell);
    return true;
  }

  /** Take the next cell, unless one is running. */
  next(): Cell | null {
    if (this.running) return null;
    this.running = this.waiting.shift() ?? null;
    return this.running;
  }

  finish(): void {
    this.running = null;
  }

  /** Let `first` run before the cell whose turn it was, and then that. */
  putBack(first: readonly Cell[]): void {
    const { running } = this;
    if (!running) return;
    this.running = null;
    const moved = [...first, running];
    this.waiting = [...moved, ...this.waiting.filter((other) => !moved.includes(other))];
  }

  remove(cell: Cell): boolean {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((other) => other !== cell);
    return this.waiting.length < before;
  }

  /** Empty the queue; returns what was waiting. */
  clear(): Cell[] {
    return this.waiting.splice(0);
  }

  /** Return how many cells wait or run. */
  get size(): number {
    return this.waiting.length + (this.running ? 1 : 0);
  }

  has(cell: Cell): boolean {
    return this.waiting.includes(cell);
  }

  /** Return the number of the cell that runs before `cell` does, or null. */
  before(cell: Cell): number | null {
    const index = this.waiting.indexOf(cell);
    return (index > 0 ? this.waiting[index - 1] : this.running)?.number ?? null;
  }

  /** Return those of `needs` that have neither run nor will have run when a cell that is added now runs. */
  missing(needs: readonly number[], ran: ReadonlySet<number>): number[] {
    const coming = new Set(this.waiting.map((other) => other.number));
    if (this.running) coming.add(this.running.number);
    return needs.filter((number) => !ran.has(number) && !coming.has(number));
  }
}
