/** Shows what the runs of a page's cells put out, and says how one has ended. */
import type { Output, RunResult, TasksLeft } from "../shared/protocol";
import type { CellView } from "./cell";
import { drawHint } from "./error-view";
import { findHint } from "./hints";
import { OutputView } from "./output";
import { text } from "./text";

export class Results {
  private readonly outputs = new Map<CellView, OutputView>();
  /** The cell that each run number belongs to; background tasks print after their run. */
  private readonly runs = new Map<number, CellView>();
  /** Sentences on files that the running cell wanted and did not get. */
  private readonly lostFiles: string[] = [];

  /** Return whether any cell has run since the page was opened. */
  get any(): boolean {
    return this.runs.size > 0;
  }

  /** Make place for what the next run of a cell puts out. Returns the number of the run. */
  begin(cell: CellView, python: string): number {
    const run = this.runs.size + 1;
    this.runs.set(run, cell);
    this.outputs.get(cell)?.close();
    this.outputs.set(cell, new OutputView(cell, run, python));
    return run;
  }

  /** Return the number of the run that a cell shows. */
  runOf(cell: CellView): number | undefined {
    return this.outputs.get(cell)?.run;
  }

  cellOf(run: number): CellView | undefined {
    return this.runs.get(run);
  }

  deliver(items: Output[]): void {
    for (const item of items) {
      const cell = this.runs.get(item.run);
      const output = cell && this.outputs.get(cell);
      if (!output) continue;
      // A task that goes on may be of an earlier run of the cell.
      output.push(item, item.run !== output.run);
      if (item.type !== "clear") cell.unsay(text.noOutput);
    }
  }

  /** Note what has become of tasks that a run has left. Returns whether the cell shows that run. */
  note(cell: CellView, { run, count, failed }: TasksLeft, wasStopped: boolean): boolean {
    const output = this.outputs.get(cell);
    if (output?.run !== run || cell.active) return false;
    if (count > 0) {
      if (cell.state === "done") {
        cell.state = "ongoing";
        cell.unsay(text.noOutput);
      }
      return true;
    }
    const wentOn = cell.state === "ongoing";
    if (failed > 0 && (wentOn || cell.state === "done")) cell.state = "error";
    else if (wentOn) cell.state = wasStopped ? "stopped" : "done";
    output.draw();
    if (wentOn && !wasStopped && output.empty) cell.say(text.noOutput);
    return true;
  }

  /** Note that a file which the running cell wanted did not arrive: said when the run is over. */
  lostFile(file: string, why: string): void {
    this.lostFiles.push(text.wheelFailed(file, why));
  }

  /** Put a drawing in the place of the recorded output, as the first output is. */
  start(cell: CellView): void {
    this.outputs.get(cell)?.start();
  }

  /** Say in its label how the run of a cell ended when Python did. */
  end(cell: CellView, how: string): void {
    this.outputs.get(cell)?.end(how);
  }

  /** Go back to the recorded output of a cell. */
  close(cell: CellView): void {
    this.outputs.get(cell)?.close();
    this.outputs.delete(cell);
  }

  /**
   * Show how a run ended: the cell's state, its error, and what there is to say about it.
   * Returns the line of the cell that failed, or null.
   */
  show(cell: CellView, result: RunResult): number | null {
    const output = this.outputs.get(cell)!;
    const { error } = result;
    output.finish(result);
    const ended = result.stopped || result.interrupted;
    if (ended) {
      cell.state = "stopped";
      const line = error?.frames.at(-1)?.line;
      const how = result.stopped ? text.insisted(line) : text.interrupted(line);
      cell.say(result.interrupted ? how : text.stopped);
    } else if (result.ok) {
      const goesOn = result.left.count > 0;
      cell.state = goesOn ? "ongoing" : "done";
      cell.say(output.empty && !goesOn ? text.noOutput : "");
    } else {
      cell.state = "error";
      cell.say("");
    }
    if (!ended) teach(cell, output, result);
    const { real = 0, simulated = 0 } = result.practice;
    if (real + simulated > 0) cell.note(text.practice(real, simulated, cell.virtual));
    const { missing } = error ?? {};
    // A module whose file did not arrive is named below.
    if (missing && !ended && this.lostFiles.length === 0) cell.note(text.notInstalled(missing));
    for (const message of this.lostFiles.splice(0)) cell.note(message);
    return cell.state === "error" ? failedLine(cell, result) : null;
  }
}

/** Show a sentence on a classic mistake. Of published code that fails on purpose, the page tells. */
function teach(cell: CellView, { stderr, results }: OutputView, { error, held, ok }: RunResult): void {
  if (cell.source === cell.published && (cell.raises || ok)) return;
  const hint = findHint({ error, stderr, results, held });
  if (hint) cell.show(drawHint(hint, held, cell.dom.make));
}

/** Return the last line of a cell's own code that the error passed through, or null. */
function failedLine(cell: CellView, { error }: RunResult): number | null {
  return error?.frames.findLast((frame) => frame.cell === String(cell.number))?.line ?? null;
}
