/** Keeps the timelines of a page: opens one for a run that is drawn, and lets drawings answer to the reader. */
import { having } from "../shared/attributes";
import type { RunRequest, Timeline } from "../shared/protocol";
import type { CellView } from "./cell";
import type { Kernel } from "./kernel";
import type { Page } from "./page";
import type { Results } from "./results";
import { text } from "./text";
import type { TimelineView } from "./timeline";

/** The drawing of one run that is under way. */
export interface RunDrawing {
  /** Tells Python when to draw the run. */
  when: RunRequest["timeline"];
  /** Say that the run is over. */
  end(): void;
  /** Say that Python is gone, and the run with it. */
  cutOff(): void;
}

export class Drawings {
  private readonly views = new Map<CellView, Promise<TimelineView | null>>();

  constructor(
    private readonly page: Page,
    private readonly results: Results,
  ) {}

  /** Let the drawings that a cell shows answer to pointer and keyboard. */
  async liven(cell: CellView): Promise<void> {
    if (!cell.element.querySelector(`${having("timeline")} ${having("span")}`)) return;
    const module = await this.load().catch(() => null);
    module?.livenAll(cell, this.page.cells);
  }

  /** Make place for the drawing of a run that begins, if its cell is to be drawn. */
  begin(cell: CellView, kernel: Kernel, run: number): RunDrawing {
    const when = wanted(cell);
    this.close(cell);
    const view = when === "no" ? null : this.open(cell, kernel, run, when);
    return {
      when,
      end: () =>
        void view?.then((drawing) => (drawing ? drawing.end(text.timeline) : cell.note(text.timelineFailed))),
      cutOff: () => void view?.then((drawing) => drawing?.end(text.timelineEnded)),
    };
  }

  /** Show a drawing that Python sent. */
  async show(timeline: Timeline): Promise<void> {
    const cell = this.results.cellOf(timeline.run);
    const view = cell && (await this.views.get(cell));
    if (!cell || view?.run !== timeline.run) return;
    this.results.start(cell);
    view.show(timeline);
  }

  close(cell: CellView): void {
    void this.views.get(cell)?.then((view) => view?.close());
    this.views.delete(cell);
  }

  private open(
    cell: CellView,
    kernel: Kernel,
    run: number,
    when: "end" | "live",
  ): Promise<TimelineView | null> {
    const view = this.load().then(
      ({ TimelineView }) =>
        new TimelineView(cell, this.page.cells, {
          run,
          live: when === "live",
          draw: () => void kernel.drawTimeline().catch(() => undefined),
          cancel: (lane) => kernel.cancelTask(lane),
        }),
      () => null, // said when the run is over
    );
    this.views.set(cell, view);
    return view;
  }

  private load(): Promise<typeof import("./timeline")> {
    return this.page.chunks.loadChunk(() => import("./timeline"), import.meta.url);
  }
}

function wanted(cell: CellView): RunRequest["timeline"] {
  if (!cell.timeline || !cell.drawable) return "no";
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "end" : "live";
}
