/** Shows the code that a link brings. It runs only when the reader has agreed. */
import type { CellView, Offer } from "./cell";
import { type Editing, openDetails } from "./editing";
import type { Page } from "./page";
import type { RunOrder } from "./run-order";
import { readLink } from "./share";
import { text } from "./text";

/** Called when the reader has decided about it. */
export interface Decisions {
  /** Run these cells; the focus goes to one of them. */
  run(cells: readonly CellView[], focus: CellView): void;
  usePublished(cell: CellView): void;
}

export class ForeignCode {
  constructor(
    private readonly page: Page,
    private readonly editing: Editing,
    private readonly order: RunOrder,
    private readonly decided: Decisions,
  ) {}

  /** Show the code that a link brought. */
  async open(cell: CellView, hash: string): Promise<void> {
    cell.element.scrollIntoView();
    const shared = await readLink(hash, this.page.edits.fingerprint(cell.published)).catch(() => null);
    if (!shared) return cell.say(text.sharedBroken, [], "problem");
    const { source, stale } = shared;
    if (source === cell.source) return;
    const editor = await this.editing.open(cell);
    if (!editor) return;
    cell.foreign = true;
    editor.setText(source);
    openDetails(cell.input);
    cell.say(text.shared(stale), this.offers(cell, [cell]), "problem");
    cell.focusRun();
  }

  /** Ask the reader if one of `cells` holds such code. Returns whether it does. */
  asksFirst(cells: readonly CellView[]): boolean {
    const cell = cells.find((each) => each.foreign);
    if (!cell) return false;
    for (const each of cells) {
      if (each.state === "starting" && !this.order.isWaiting(each)) each.state = "idle";
    }
    cell.say(text.sharedAsk, this.offers(cell, cells), "problem");
    cell.element.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** Forget the code in a cell: the published one is back. Returns whether a link had brought it. */
  drop(cell: CellView): boolean {
    if (!cell.foreign) return false;
    cell.foreign = false;
    forgetLink(cell);
    return true;
  }

  private offers(cell: CellView, then: readonly CellView[]): Offer[] {
    const agree = (): void => {
      cell.foreign = false;
      // The reader's own edit of an earlier visit stays until they have decided about it.
      if (cell.kept === null) {
        this.page.edits.rememberEdit(cell);
        forgetLink(cell);
      }
      this.decided.run(then, cell);
    };
    return [
      { label: text.runShared, act: agree },
      { label: text.usePublished, act: () => this.decided.usePublished(cell) },
    ];
  }
}

/** Take the code out of the page's address. */
function forgetLink(cell: CellView): void {
  history.replaceState(null, "", `#cell-${cell.number}`);
}
