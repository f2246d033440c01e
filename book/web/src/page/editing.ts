/** The editors of a page's cells: they open, complete names, keep what was edited, and close again. */
import type { Completion } from "../shared/protocol";
import type { CellView } from "./cell";
import type { Editor } from "./editor";
import type { KernelLife } from "./kernel-life";
import { markLine } from "./mark";
import type { Page } from "./page";
import { linkTo } from "./share";
import { text } from "./text";

/** Milliseconds that a list of names may take; a cell that computes lets nothing else through. */
const PATIENCE = 1000;

/** Milliseconds that the editor may load before the reader is told that it does. */
const EDITOR_SLOW = 300;

export class Editing {
  private readonly editors = new Map<CellView, Editor>();

  /** `run` is called when the reader asks for it in the editor. */
  constructor(
    private readonly page: Page,
    private readonly life: KernelLife,
    private readonly run: (cell: CellView) => void,
  ) {}

  /** Open the editor: with `source`, or the edit of an earlier visit, if the reader may still decide about it. */
  async edit(cell: CellView, source: string | null = null): Promise<void> {
    const editor = await this.open(cell);
    if (!editor) return;
    const { kept } = cell;
    if (kept !== null && !cell.foreign) {
      cell.decideKept();
      editor.setText(kept);
    }
    if (source !== null) editor.setText(source);
    openDetails(cell.input);
    editor.focus();
  }

  /** Open the editor of a cell, or say why it did not come. */
  async open(cell: CellView): Promise<Editor | null> {
    const present = this.editors.get(cell);
    if (present) return present;
    const slow = setTimeout(() => cell.sayOfEditor(text.editorLoading), EDITOR_SLOW);
    const { loadChunk, pageIsOld, RELOAD, UPDATED } = this.page.chunks;
    const loading = loadChunk(() => import("./editor"), import.meta.url);
    const { openEditor } = await loading.catch(() => ({ openEditor: null }));
    clearTimeout(slow);
    if (!openEditor) {
      const old = await pageIsOld();
      cell.sayOfEditor(old ? UPDATED : text.editorFailed, "problem", old ? [RELOAD] : []);
      return null;
    }
    cell.sayOfEditor("");
    const editor =
      this.editors.get(cell) ??
      openEditor(cell.input, cell.source, {
        label: `Code of cell ${cell.number}`,
        hint: text.editorHint,
        button: cell.dom.button,
        change: (source) => this.changed(cell, source),
        run: () => {
          if (!cell.active) this.run(cell);
        },
        leave: () => cell.focusEdit(),
        complete: (code, cursor) => this.complete(code, cursor),
        link: () => linkTo(cell, this.page.edits.fingerprint(cell.published)),
      });
    this.editors.set(cell, editor);
    markLine(cell, null);
    return editor;
  }

  /** Mark the line that failed, in the editor or in the published code; null marks none. */
  markFailed(cell: CellView, line: number | null): void {
    const editor = this.editors.get(cell);
    if (editor) editor.mark(line);
    else markLine(cell, line);
  }

  /** Go back to the published code. */
  close(cell: CellView): void {
    this.editors.get(cell)?.close();
    this.editors.delete(cell);
    cell.source = cell.published;
    cell.edited = false;
  }

  private changed(cell: CellView, source: string): void {
    cell.source = source;
    cell.edited = source !== cell.published;
    cell.sayOfEditor(this.page.edits.rememberEdit(cell) ? "" : text.editNotKept, "problem");
  }

  private async complete(code: string, cursor: number): Promise<Completion[]> {
    const kernel = this.life.ready;
    if (!kernel) return [];
    const late = new Promise<never[]>((resolve) => setTimeout(() => resolve([]), PATIENCE));
    return Promise.race([kernel.complete(code, cursor).catch(() => []), late]);
  }
}

/** Open what hides `element`: a solution, say, that is folded away. */
export function openDetails(element: Element): void {
  const around = element.parentElement?.closest("details");
  if (!around) return;
  around.open = true;
  openDetails(around);
}
