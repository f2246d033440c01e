/** Draws the outputs of one run into its cell, at most once per frame. */

import type { MimeBundle, Output, RunResult } from "../shared/protocol";
import type { CellView } from "./cell";
import { drawError } from "./error-view";
import { text } from "./text";

/** Longer output is not read out as it comes; the reader hears the summary. */
const READ_OUT = 20;
/** Characters of what was printed that hints go by. */
const REMEMBER = 10_000;
const LIMIT = { lines: "10,000", size: "1 MB" };

const richModule = (cell: CellView): Promise<typeof import("./rich")> =>
  cell.chunks.loadChunk(() => import("./rich"), import.meta.url);

const ESCAPES = /\x1b\[[0-9;:?]*[A-Za-z]/g;

export class OutputView {
  private pending: { item: Output; isEarlier: boolean }[] = [];
  private scheduled = false;
  private clearNext = false;
  private lines = 0;
  private last: TextBlock | null = null;
  private readonly displays = new Map<string, HTMLElement[]>();
  private readonly toggle: HTMLButtonElement;
  private readonly toggleRow: HTMLElement;
  private readonly make: CellView["dom"]["make"];
  private started = false;
  /** Traces that hints go by: the beginning of stderr, and the texts of displayed values. */
  stderr = "";
  readonly results: string[] = [];

  constructor(
    private readonly cell: CellView,
    readonly run: number,
    private readonly python: string,
  ) {
    this.make = cell.dom.make;
    this.toggle = cell.dom.button(text.showRecorded, "cell-toggle", () => this.flip());
    this.toggleRow = this.make("p", "output-toggle");
    this.toggleRow.append(this.toggle);
    cell.output.replaceChildren();
    cell.output.removeAttribute("aria-live");
    cell.label.textContent = text.labelRunning(python);
  }

  get empty(): boolean {
    return this.cell.output.childElementCount === 0;
  }

  /** Draw something soon; `isEarlier`: it is of an earlier run of the cell. */
  push(item: Output, isEarlier = false): void {
    this.pending.push({ item, isEarlier });
    if (this.scheduled) return;
    this.scheduled = true;
    // A page in the background draws no frames.
    const later = document.hidden ? (draw: () => void) => setTimeout(draw, 100) : requestAnimationFrame;
    later(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  /** Draw what waits. */
  draw(): void {
    for (const { item, isEarlier } of this.pending.splice(0)) {
      if (!isEarlier) this.drawItem(item);
      else if (item.type === "stream") this.drawText(item.name, item.text, "an earlier run");
      else if (item.type === "display") this.drawDisplay(item);
    }
  }

  /** End the run: draw the rest, the error, and what the label says. */
  finish(result: RunResult): void {
    this.draw();
    this.start();
    if (result.error && !result.stopped) this.append(drawError(result.error, this.make));
    if (result.full) {
      const note = this.cell.output.querySelector(".output-full") ?? this.fullNote();
      note.append(text.leftOut(result.leftOut));
    }
    this.cell.label.textContent = text.label(this.python, result.ms);
  }

  /** End a run during which Python ended: draw what came before, and say so in the label. */
  end(how: string): void {
    this.draw();
    this.cell.label.textContent = text.labelEnded(this.python, how);
  }

  /** Go back to the recorded output; takes the toggle away. */
  close(): void {
    this.toggleRow.remove();
    this.show("recorded");
    this.pending = [];
  }

  /** Put the first output of a run, or its first drawing, in the place of the recorded one. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.cell.live.hidden = false;
    this.cell.label.hidden = false;
    this.cell.recorded?.before(this.toggleRow);
    this.show("yours");
  }

  private show(which: "recorded" | "yours"): void {
    const { cell } = this;
    if (cell.recorded) cell.recorded.hidden = which === "yours";
    const hide = which === "recorded" && cell.recorded !== null;
    cell.output.hidden = cell.drawing.hidden = hide;
    if (this.started) cell.label.hidden = hide;
    this.toggle.textContent = which === "yours" ? text.showRecorded : text.showYours;
  }

  private flip(): void {
    this.show(this.cell.recorded?.hidden ? "recorded" : "yours");
  }

  private drawItem(item: Output): void {
    if (item.type === "clear") {
      if (item.wait) this.clearNext = true;
      else this.clear();
      return;
    }
    this.start();
    if (this.clearNext) this.clear();
    this.remember(item);
    if (item.type === "stream") this.drawText(item.name, item.text);
    else if (item.type === "full") this.fullNote();
    else this.drawDisplay(item);
  }

  private remember(item: Output): void {
    if (item.type === "stream" && item.name === "stderr" && this.stderr.length < REMEMBER) {
      this.stderr += item.text;
    } else if (item.type === "display" && this.results.length < READ_OUT) {
      this.results.push(String(item.data["text/plain"] ?? "").slice(0, REMEMBER));
    }
  }

  private clear(): void {
    this.clearNext = false;
    this.last = null;
    this.lines = 0;
    this.displays.clear();
    this.cell.output.replaceChildren();
  }

  private append(element: HTMLElement): void {
    this.last = null;
    this.cell.output.append(element);
  }

  private drawText(name: "stdout" | "stderr", content: string, source = ""): void {
    this.lines += content.split("\n").length - 1;
    if (this.lines > READ_OUT) this.cell.output.setAttribute("aria-live", "off");
    if (this.last?.name !== name || this.last.source !== source) {
      const block = new TextBlock(name, this.cell, source);
      this.append(block.element);
      this.last = block;
    }
    this.last?.write(content);
  }

  private fullNote(): HTMLElement {
    const note = this.make("p", "output-full", text.full(LIMIT.lines, LIMIT.size));
    this.append(note);
    return note;
  }

  private drawDisplay(item: Output & { type: "display" }): void {
    const { displayId, data, metadata } = item;
    const places = displayId === null ? undefined : this.displays.get(displayId);
    if (item.update) {
      for (const place of places ?? []) drawBundle(this.cell, place, data, metadata);
      return;
    }
    const place = this.make("div", "output");
    this.append(place);
    drawBundle(this.cell, place, data, metadata);
    if (displayId !== null) this.displays.set(displayId, [...(places ?? []), place]);
  }
}

/** Text of one stream. Keeps order while the renderer of colors is loading. */
class TextBlock {
  readonly element: HTMLElement;
  private readonly pre = document.createElement("pre");
  private readonly node = document.createTextNode("");
  private colors: Promise<(chunk: string) => DocumentFragment> | null = null;
  /** The last line, since a character came that moves the cursor. */
  private line: TerminalLine | null = null;

  constructor(
    readonly name: "stdout" | "stderr",
    private readonly cell: CellView,
    /** Whose text it is, if not this run's. */
    readonly source: string,
  ) {
    const { make } = cell.dom;
    this.element = make("div", name === "stdout" ? "output stream" : "output stderr");
    const label = [name === "stderr" ? name : "", source].filter(Boolean).join(" of ");
    if (label) this.element.append(make("span", "stream-name", label));
    this.pre.append(this.node);
    this.element.append(this.pre);
  }

  write(content: string): void {
    if (this.colors || content.includes("\x1b")) {
      this.colors ??= richModule(this.cell).then(
        (rich) => rich.ansiWriter(),
        () => (chunk) => {
          const plain = new DocumentFragment();
          plain.append(chunk.replace(ESCAPES, ""));
          return plain;
        },
      );
      void this.colors.then((colored) => this.pre.append(colored(content)));
      return;
    }
    if (!this.line && !/[\r\b]/.test(content)) return this.node.appendData(content);
    const start = this.node.data.lastIndexOf("\n") + 1;
    this.line ??= new TerminalLine(this.node.data.slice(start));
    this.node.replaceData(start, this.node.length - start, this.line.write(content));
  }
}

/** The last line of a terminal: what it shows, and where the next character goes. */
export class TerminalLine {
  private cursor: number;

  constructor(private shown = "") {
    this.cursor = shown.length;
  }

  /** Write text with carriage returns and backspaces; return what is shown from this line on. */
  write(content: string): string {
    const lines: string[] = [];
    for (const [part] of content.matchAll(/[\r\b\n]|[^\r\b\n]+/g)) {
      if (part === "\r") this.cursor = 0;
      else if (part === "\b") this.cursor = Math.max(0, this.cursor - 1);
      else if (part === "\n") {
        lines.push(this.shown);
        this.shown = "";
        this.cursor = 0;
      } else {
        const end = this.cursor + part.length;
        this.shown = this.shown.slice(0, this.cursor) + part + this.shown.slice(end);
        this.cursor = end;
      }
    }
    return [...lines, this.shown].join("\n");
  }
}

function drawBundle(
  cell: CellView,
  place: HTMLElement,
  data: MimeBundle,
  metadata: Record<string, unknown>,
): void {
  const mimes = Object.keys(data);
  if (mimes.length === 1 && mimes[0] === "text/plain") {
    drawPlain(place, data);
    return;
  }
  richModule(cell).then(
    (rich) => {
      const { players, markup } = rich.render(place, data, metadata, `live-${cell.number}-`);
      if (players.length === 0) return;
      const player = cell.chunks.loadChunk(() => import("./player"), import.meta.url);
      // Without the player, or with data that are not a recording, the list of steps remains.
      player.then(({ openLive }) => openLive(players, markup)).catch(() => undefined);
    },
    (error: Error) => {
      const { make, button } = cell.dom;
      drawPlain(place, data);
      const again = (): void => {
        place.className = "output";
        drawBundle(cell, place, data, metadata);
      };
      const offers = make("p", "run-offers");
      offers.append(button(text.retry, "run-offer", again));
      place.append(make("p", "run-message run-problem", text.richFailed(error.message)), offers);
    },
  );
}

function drawPlain(place: HTMLElement, data: MimeBundle): void {
  place.className = "output text_plain";
  const pre = document.createElement("pre");
  const plain = data["text/plain"] ?? "";
  pre.textContent = Array.isArray(plain) ? plain.join("") : String(plain);
  place.replaceChildren(pre);
}
