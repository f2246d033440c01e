/**
 * The timeline of a run under its cell. The drawing itself comes from Python; here its bars
 * learn to answer: a bar marks its lines of code, a line marks its bars, one task can be
 * cancelled while the others go on.
 */

import { attributeOf, having } from "../shared/attributes";
import type { Cancelled, Timeline } from "../shared/protocol";
import type { CellView } from "./cell";
import { lineAt, markLines } from "./lines";
import { render } from "./rich";
import { text } from "./text";

/** A line of code: of the timeline's own cell (null) or of another one. */
interface Place {
  cell: number | null;
  line: number;
}

const ON = "ovt-on";
const SPAN = having("span");

/** One figure, its bars and what they mark. */
class Picture {
  private readonly bars: SVGElement[];
  private readonly rows: HTMLElement[];
  private readonly svg: SVGElement | null;
  private readonly source: string;
  private readonly unlisten = new AbortController();
  private readonly said: HTMLElement;
  /** The key of the bar that has been pressed: it stays marked. */
  pinned: string | null = null;
  /** Called with the bar that has focus or was pressed; pointing alone chooses nothing. */
  onChosen: (key: string | null) => void = () => undefined;

  constructor(
    readonly figure: HTMLElement,
    private readonly cell: CellView,
    private readonly cells: readonly CellView[],
  ) {
    this.source = cell.source;
    this.svg = figure.querySelector<SVGElement>("svg");
    this.bars = [...figure.querySelectorAll<SVGElement>(`svg ${SPAN}`)].sort(byKey);
    this.rows = [...figure.querySelectorAll<HTMLElement>(`tr${SPAN}`)];
    const { make } = cell.dom;
    this.said = make("p", "timeline-said", text.timelineHint);
    this.svg?.after(this.said, this.lines());
    this.prepareKeys();
    const { signal } = this.unlisten;
    const listen = (on: EventTarget, type: string, act: (event: Event) => void): void =>
      on.addEventListener(type, act, { signal });
    // Not pointerover: a new drawing under a pointer that rests must not take the word.
    listen(figure, "pointermove", (event) => this.point(event.target));
    listen(figure, "pointerleave", () => this.say(this.resting));
    listen(figure, "focusin", (event) => this.point(event.target));
    listen(figure, "focusout", () => this.say(this.pinned));
    listen(figure, "keydown", (event) => this.key(event as KeyboardEvent));
    listen(figure, "click", (event) => this.press(keyOf(event.target)));
    // The other way round: the reader points at a line of code.
    listen(cell.input, "pointermove", (event) => this.pointAtCode((event as PointerEvent).clientY));
    listen(cell.input, "pointerleave", () => this.say(this.resting));
  }

  /** Let go of the cell: another picture takes this one's place. */
  close(): void {
    this.unlisten.abort();
    this.mark([], []);
  }

  get focused(): string | null {
    return keyOf(document.activeElement, this.figure);
  }

  /** Return the bar that stays marked when the pointer is elsewhere. */
  private get resting(): string | null {
    return this.focused ?? this.pinned;
  }

  focus(key: string): void {
    (this.bars.find((bar) => spanOf(bar) === key) ?? this.bars.at(-1))?.focus();
  }

  /** Mark one bar and its lines, and say in words what it was; null marks none. */
  say(key: string | null): void {
    const bar = this.bars.find((other) => spanOf(other) === key);
    this.mark(key === null ? [] : [key], bar ? places(bar) : []);
    this.said.textContent = bar ? labelOf(bar) : text.timelineHint;
    this.onChosen(this.resting);
  }

  private prepareKeys(): void {
    if (!this.svg || this.bars.length === 0) return;
    // Nothing in an image could have focus. This is a row of buttons, one Tab stop.
    const [title, desc] = (this.svg.getAttribute("aria-labelledby") ?? "").split(" ");
    this.svg.setAttribute("role", "toolbar");
    if (title) this.svg.setAttribute("aria-labelledby", title);
    if (desc) this.svg.setAttribute("aria-describedby", desc);
    this.bars.forEach((bar, index) => {
      bar.setAttribute("role", "button");
      bar.setAttribute("tabindex", index === 0 ? "0" : "-1");
      bar.setAttribute("aria-label", labelOf(bar));
      bar.setAttribute("aria-pressed", "false");
    });
  }

  private point(target: EventTarget | null): void {
    const line = target instanceof Element ? target.closest<HTMLElement>("[data-place]") : null;
    if (line) return this.sayPlace(readPlace(line.dataset.place ?? ""));
    const key = keyOf(target);
    if (key !== null) this.say(key);
  }

  private pointAtCode(y: number): void {
    if (this.cell.source !== this.source || this.figure.checkVisibility?.() === false) return;
    const line = lineAt(this.cell.input, y);
    if (line !== null && this.keysAt({ cell: null, line }).length > 0) this.sayPlace({ cell: null, line });
    else this.say(this.resting);
  }

  /** Mark a line and every bar that has to do with it. */
  private sayPlace(place: Place): void {
    const keys = this.keysAt(place);
    this.mark(keys, [place]);
    this.said.textContent = text.timelineLine(place.cell, place.line, this.codeAt(place), keys.length);
    this.onChosen(this.resting);
  }

  private keysAt(place: Place): string[] {
    return this.bars
      .filter((bar) => places(bar).some((other) => same(other, place)))
      .map((bar) => spanOf(bar) ?? "");
  }

  private codeAt({ cell, line }: Place): string {
    const source = cell === null ? this.source : this.otherCell(cell)?.source;
    return source?.split("\n")[line - 1]?.trim() ?? "";
  }

  private otherCell(number: number): CellView | undefined {
    return this.cells.find((other) => other.number === number);
  }

  private mark(keys: readonly string[], where: readonly Place[]): void {
    for (const element of [...this.bars, ...this.rows]) {
      element.classList.toggle(ON, keys.includes(spanOf(element) ?? ""));
    }
    for (const cell of this.cells) {
      const own = cell === this.cell;
      const changed = own && cell.source !== this.source; // its lines are others now
      const lines = where.filter((place) => (own && place.cell === null) || place.cell === cell.number);
      markLines(cell.input, changed ? [] : lines.map((place) => place.line));
    }
  }

  private press(key: string | null): void {
    if (key === null) return;
    this.pinned = this.pinned === key ? null : key;
    for (const bar of this.bars) {
      bar.setAttribute("aria-pressed", String(spanOf(bar) === this.pinned));
    }
    this.say(this.pinned ?? key);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      this.pinned = null;
      for (const bar of this.bars) bar.setAttribute("aria-pressed", "false");
      this.say(null);
      this.cell.focusTimeline();
      return;
    }
    const bar = event.target instanceof SVGElement ? this.bars.indexOf(event.target) : -1;
    if (bar < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.press(keyOf(event.target));
      return;
    }
    const next = this.neighbor(bar, event.key);
    if (next === null) return;
    event.preventDefault();
    for (const [index, other] of this.bars.entries()) {
      other.setAttribute("tabindex", index === next ? "0" : "-1");
    }
    this.bars[next]?.focus();
  }

  /** Left and right go through a lane in time, up and down to the lane above and below. */
  private neighbor(from: number, key: string): number | null {
    const here = this.bars[from];
    const lane = laneOf(here);
    const ofLane = (wanted: number): number[] =>
      this.bars.flatMap((bar, index) => (laneOf(bar) === wanted ? [index] : []));
    const mine = ofLane(lane);
    if (key === "ArrowRight" || key === "ArrowLeft") {
      return mine[mine.indexOf(from) + (key === "ArrowRight" ? 1 : -1)] ?? null;
    }
    if (key === "Home") return mine[0] ?? null;
    if (key === "End") return mine.at(-1) ?? null;
    if (key !== "ArrowUp" && key !== "ArrowDown") return null;
    const lanes = [...new Set(this.bars.map(laneOf))];
    const other = lanes[lanes.indexOf(lane) + (key === "ArrowDown" ? 1 : -1)];
    if (other === undefined || !here) return null;
    const at = middle(here);
    const distance = (index: number): number => Math.abs(middle(this.bars[index]) - at);
    return ofLane(other).reduce((best, index) => (distance(index) < distance(best) ? index : best));
  }

  /** Return the lines that the bars name, as a list of buttons: for those who do not point. */
  private lines(): HTMLElement {
    const { make } = this.cell.dom;
    const details = make("details", "timeline-lines");
    details.append(make("summary", "", text.timelineLines));
    const list = make("ul", "");
    const all = new Map(this.bars.flatMap(places).map((place) => [writePlace(place), place]));
    const ordered = [...all.values()].sort((a, b) => (a.cell ?? 1e9) - (b.cell ?? 1e9) || a.line - b.line);
    for (const place of ordered) {
      const words = text.timelineLine(place.cell, place.line, this.codeAt(place), this.keysAt(place).length);
      const item = make("li", "");
      const line = this.cell.dom.button(words, "timeline-line", () => this.sayPlace(place));
      line.dataset.place = writePlace(place);
      item.append(line);
      list.append(item);
    }
    details.append(list);
    details.hidden = all.size === 0;
    return details;
  }
}

export interface TimelineOptions {
  run: number;
  /** New drawings come by themselves while the cell runs. */
  live: boolean;
  /** Ask for a drawing now. */
  draw(): void;
  cancel(lane: number): Promise<Cancelled>;
}

/** The place below a cell's output where its run is drawn. */
export class TimelineView {
  readonly run: number;
  private picture: Picture | null = null;
  private living: readonly number[] = [];
  private lanes: readonly string[] = [];
  private ended = false;
  private readonly label: HTMLElement;
  private readonly place: HTMLElement;
  private readonly cancelButton: HTMLButtonElement;
  private readonly drawButton: HTMLButtonElement;
  private readonly status: HTMLElement;
  /** The lane whose task the Cancel button is about. */
  private lane: number | null = null;

  constructor(
    private readonly cell: CellView,
    private readonly cells: readonly CellView[],
    private readonly options: TimelineOptions,
  ) {
    this.run = options.run;
    const { make, button } = cell.dom;
    this.label = make("p", "output-label", text.timelineLive);
    this.place = make("div", "timeline-picture");
    this.cancelButton = button("", "timeline-cancel", () => void this.cancel());
    this.cancelButton.hidden = true;
    this.drawButton = button(text.drawNow, "timeline-draw", () => options.draw());
    this.drawButton.hidden = options.live;
    const bar = make("p", "run-offers");
    bar.append(this.drawButton, this.cancelButton);
    this.status = make("p", "timeline-status");
    this.status.setAttribute("role", "status");
    if (options.live) return;
    cell.draw(this.label, this.place, bar, this.status);
  }

  /** Put a drawing in the place of the last one; what had focus or was pressed still has and is. */
  show({ html, living, lanes }: Timeline): void {
    this.living = living;
    this.lanes = lanes;
    const before = this.picture;
    const focused = before?.focused ?? null;
    const table = this.place.querySelector<HTMLDetailsElement>("details:not(.timeline-lines)")?.open ?? false;
    const list = this.place.querySelector<HTMLDetailsElement>(".timeline-lines")?.open ?? false;
    before?.close();
    render(this.place, { "text/html": html }, {}, `timeline-${this.cell.number}-`);
    this.place.className = "timeline-picture";
    const figure = this.place.querySelector<HTMLElement>(having("timeline"));
    if (!figure) return;
    if (!this.cell.drawing.hasChildNodes()) {
      const bar = this.cell.dom.make("p", "run-offers");
      bar.append(this.drawButton, this.cancelButton);
      this.cell.draw(this.label, this.place, bar, this.status);
    }
    this.picture = new Picture(figure, this.cell, this.cells);
    this.picture.onChosen = (key) => this.choose(key);
    this.picture.pinned = before?.pinned ?? null;
    for (const details of this.place.querySelectorAll("details")) {
      details.open = details.classList.contains("timeline-lines") ? list : table;
    }
    if (focused !== null) this.picture.focus(focused);
    else this.picture.say(this.picture.pinned);
  }

  /** Say that the run is over: nothing can be cancelled, and this is what it was. */
  end(label: string): void {
    this.ended = true;
    this.living = [];
    this.drawButton.hidden = true;
    this.hideCancel();
    this.label.textContent = label;
    if (this.picture) return;
    this.cell.draw(this.label, this.cell.dom.make("p", "run-message", text.timelineNothing));
  }

  close(): void {
    this.picture?.close();
    this.picture = null;
    this.cell.draw();
  }

  /** Offer to cancel the task of a bar, if it is not done. */
  private choose(key: string | null): void {
    const lane = key === null ? null : Number(key.split(".")[0]);
    if (lane === null && this.cancelButton === document.activeElement) return;
    if (lane === null || this.ended || !this.living.includes(lane)) {
      // Tab leads from the bar to the button: it must still be there then.
      if (this.lane === null || !this.living.includes(this.lane)) this.hideCancel();
      return;
    }
    this.lane = lane;
    this.cancelButton.textContent = text.cancelTask(this.lanes[lane] ?? "");
    this.cancelButton.hidden = false;
  }

  private hideCancel(): void {
    this.lane = null;
    if (document.activeElement === this.cancelButton) this.cell.focusTimeline();
    this.cancelButton.hidden = true;
  }

  private async cancel(): Promise<void> {
    const { lane } = this;
    if (lane === null) return;
    const name = this.lanes[lane] ?? "";
    this.status.textContent = text.cancelling(name);
    const done = await this.options.cancel(lane).catch(() => null);
    this.status.textContent = done ? text.cancelledTask(done.lane, done.ms) : text.cancelledNone(name);
    this.hideCancel();
    if (!this.ended) this.options.draw();
  }
}

const livened = new WeakSet<Element>();

/** Let every drawing answer that a cell shows in its outputs, recorded and live. */
export function livenAll(cell: CellView, cells: readonly CellView[]): void {
  const figures = cell.element.querySelectorAll<HTMLElement>(`.cell_output ${having("timeline")}`);
  for (const figure of figures) {
    if (livened.has(figure) || !figure.querySelector(SPAN)) continue;
    livened.add(figure);
    new Picture(figure, cell, cells);
  }
}

/** Return the key of a bar or a row: its lane and its number there. */
const spanOf = (element: Element): string | null => attributeOf(element, "span");

function keyOf(target: EventTarget | null, within?: Element): string | null {
  const bar = target instanceof Element ? target.closest<HTMLElement>(SPAN) : null;
  return bar && (!within || within.contains(bar)) ? spanOf(bar) : null;
}

function byKey(one: SVGElement, other: SVGElement): number {
  const [a, b] = [one, other].map((bar) => (spanOf(bar) ?? "").split(".").map(Number));
  return (a?.[0] ?? 0) - (b?.[0] ?? 0) || (a?.[1] ?? 0) - (b?.[1] ?? 0);
}

function laneOf(bar: SVGElement | undefined): number {
  return Number(((bar && spanOf(bar)) ?? "").split(".")[0]);
}

function middle(bar: SVGElement | undefined): number {
  const box = bar?.getBoundingClientRect();
  return box ? box.x + box.width / 2 : 0;
}

function labelOf(bar: SVGElement): string {
  return bar.querySelector("title")?.textContent ?? "";
}

function places(bar: SVGElement): Place[] {
  return (attributeOf(bar, "lines") ?? "").split(" ").filter(Boolean).map(readPlace);
}

function readPlace(words: string): Place {
  const [line, cell] = words.split(":").reverse().map(Number);
  return { cell: cell ?? null, line: line ?? 0 };
}

function writePlace({ cell, line }: Place): string {
  return cell === null ? `${line}` : `${cell}:${line}`;
}

function same(one: Place, other: Place): boolean {
  return one.cell === other.cell && one.line === other.line;
}
