/** Shows which tasks go on after their cell has ended, and stops them when the reader wants that. */
import type { TasksLeft } from "../shared/protocol";
import type { CellView } from "./cell";
import { CLEAN_UP, HEAR, type KernelLife } from "./kernel-life";
import type { Results } from "./results";
import type { RunOrder } from "./run-order";
import { type TaskStop, text } from "./text";

/** The reader's wish that the tasks of a run stop. */
interface Stopping {
  count: number;
  how: TaskStop;
  /** How often Stop was pressed. */
  presses: number;
}

export class GoingOn {
  /** For each cell its runs that have left tasks. */
  private readonly left = new Map<CellView, Map<number, TasksLeft>>();
  private readonly stopping = new Map<number, Stopping>();

  constructor(
    private readonly results: Results,
    private readonly order: RunOrder,
    private readonly life: () => KernelLife,
  ) {}

  /** Take note of what has become of tasks. */
  hear(news: readonly TasksLeft[]): void {
    for (const left of news) {
      const cell = this.results.cellOf(left.run);
      if (cell) this.note(cell, left);
    }
  }

  /** Draw a cell's rows anew: a run of it begins or ends. */
  show(cell: CellView): void {
    const now = this.results.runOf(cell);
    const runs = [...(this.left.get(cell)?.values() ?? [])];
    const groups = [runs.filter(({ run }) => run === now), runs.filter(({ run }) => run !== now)];
    cell.sayGoingOn(groups.flatMap((group, i) => (group.length > 0 ? [this.row(cell, group, i === 1)] : [])));
  }

  /** All tasks have ended, with Python. */
  lose(): void {
    for (const cell of [...this.left.keys()]) {
      this.left.delete(cell);
      this.show(cell);
      if (cell.state !== "ongoing") continue;
      cell.state = "stopped";
      cell.say(text.tasksLost);
    }
    this.stopping.clear();
  }

  private note(cell: CellView, left: TasksLeft): void {
    const runs = this.left.get(cell) ?? new Map<number, TasksLeft>();
    this.left.set(cell, runs);
    const stopped = this.stopping.get(left.run);
    if (left.count > 0) {
      runs.set(left.run, left);
    } else {
      runs.delete(left.run);
      this.stopping.delete(left.run);
    }
    const shown = this.results.note(cell, left, stopped !== undefined);
    this.show(cell);
    if (left.count === 0 && stopped && shown) cell.say(text.tasksStopped(stopped.count));
  }

  private row(
    cell: CellView,
    group: TasksLeft[],
    isEarlier: boolean,
  ): Parameters<CellView["sayGoingOn"]>[0][0] {
    const count = group.reduce((sum, left) => sum + left.count, 0);
    const names = group.flatMap((left) => left.names).slice(0, NAMES);
    const runs = group.map(({ run }) => run);
    const how = runs.map((run) => this.stopping.get(run)?.how).find(Boolean);
    return {
      message: text.goOn(count, names, isEarlier, how),
      offer: {
        label: isEarlier ? text.stopEarlierTasks : text.stopTasks,
        act: () => void this.stop(cell, runs, count),
      },
    };
  }

  private async stop(cell: CellView, runs: number[], count: number): Promise<void> {
    const kernel = this.life().ready;
    if (!kernel) return;
    const presses = Math.max(...runs.map((run) => this.stopping.get(run)?.presses ?? 0)) + 1;
    const say = (how: TaskStop): void => {
      for (const run of how === "stopping" ? runs : this.still(cell, runs)) {
        this.stopping.set(run, { count, how, presses });
      }
      this.show(cell);
    };
    say("stopping");
    const later = (ms: number): Promise<null> =>
      new Promise((resolve) => setTimeout(() => resolve(null), ms));
    const heard = kernel.stopTasks(runs, presses > 1, this.order.running !== null).then(
      () => true,
      () => true,
    );
    if ((await Promise.race([heard, later(HEAR)])) === null) say("busy");
    await heard;
    await later(CLEAN_UP);
    const still = this.still(cell, runs);
    // Stop was pressed once more meanwhile, or all have ended.
    if (this.life().ready !== kernel || still.every((run) => this.stopping.get(run)?.presses !== presses))
      return;
    say(presses > 1 ? "ignoringAll" : "ignoring");
  }

  /** Return those of the runs whose tasks go on. */
  private still(cell: CellView, runs: readonly number[]): number[] {
    return runs.filter((run) => this.left.get(cell)?.has(run));
  }
}

/** So many names are shown. */
const NAMES = 3;
