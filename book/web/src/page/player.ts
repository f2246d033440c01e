/**
 * Walks through the recorded steps of a run, forward and back. Loaded when the reader asks for it.
 *
 * What is shown at step k depends on the recording and k alone, never on the way there.
 */

import { attributeOf, having } from "../shared/attributes";
import { DRAWING } from "../shared/contract";
import { parseInert } from "./inert";

/** A recording as Python's StepRecording.to_dict() gives it; its docstring says what each field means. */
export interface Recording {
  tasks: string[];
  steps: Step[];
  output: string;
  ending: { kind: string; text: string };
}

interface Entry {
  task: number | null;
  kind: string;
  text: string;
}

interface TaskState {
  state: string;
  detail: string;
  line: number | null;
  source: string;
  waits_for: string;
}

interface Step {
  time: number;
  /** The time in words; Python alone formats times. */
  time_text: string;
  kind: string;
  task: number | null;
  text: string;
  ready: Entry[];
  timers: (Entry & { when_text: string })[];
  tasks: TaskState[];
  printed: number;
  shared: Record<string, string>;
}

/** One moment of a run, in the words that are shown. */
export interface Moment {
  text: string;
  time: string;
  /** The line of code at which the task that has just run stands, if it still does. */
  line: { number: number; source: string } | null;
  shared: { name: string; value: string; before: string | null }[];
  ready: string[];
  timers: string[];
  tasks: { name: string; state: string; ran: boolean }[];
  output: string;
  /** The column of the timeline that the step is, from 0; -1 before the first. */
  column: number;
}

function stateOf(task: TaskState | undefined): string {
  if (!task) return "not created yet";
  const words = [task.state, task.waits_for && `for ${task.waits_for}`, task.detail];
  return words.filter(Boolean).join(" ") + (task.line ? `, line ${task.line}` : "");
}

export function momentAt(recording: Recording, number: number): Moment {
  const step = recording.steps[number];
  if (!step) throw new RangeError(`There is no step ${number}`);
  const before = recording.steps[number - 1];
  const at = step.task === null ? undefined : step.tasks[step.task];
  const names = new Set(recording.steps.flatMap((other) => Object.keys(other.shared)));
  const columns = recording.steps.slice(0, number + 1).filter(({ kind }) => kind === "step").length;
  return {
    text: `${step.text}.`,
    time: step.time_text,
    line: step.kind === "step" && at?.line ? { number: at.line, source: at.source } : null,
    shared: [...names].map((name) => {
      const [value = "", old = ""] = [step.shared[name], before?.shared[name]];
      return { name, value, before: old && old !== value ? old : null };
    }),
    ready: step.ready.map(({ text }) => text),
    timers: step.timers.map(({ when_text, text }) => `${when_text}: ${text}`),
    tasks: recording.tasks.map((name, index) => ({
      name,
      state: stateOf(step.tasks[index]),
      ran: step.kind === "step" && step.task === index,
    })),
    output: [...recording.output].slice(0, step.printed).join(""),
    column: columns - 1,
  };
}

/** Milliseconds that a step is shown when they play by themselves. */
const PACE = 1500;

/** The name of the highlighted line in `::highlight()`. */
const HIGHLIGHT = "step-line";

const SVG = "http://www.w3.org/2000/svg";

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}

class Player {
  private number = 0;
  private playing: ReturnType<typeof setInterval> | null = null;
  private readonly last: number;
  private readonly group = make("div", "steps");
  private readonly previous = this.button("Previous", () => this.go(this.number - 1));
  private readonly play = this.button("Play", () => (this.playing ? this.pause() : this.start()));
  private readonly next = this.button("Next", () => this.go(this.number + 1));
  private readonly slider = make("input", "steps-slider");
  private readonly count = make("span", "steps-count");
  private readonly text = make("p", "steps-text");
  private readonly line = make("p", "steps-line");
  private readonly shared = make("ul", "steps-shared");
  private readonly ready = make("ol", "steps-ready");
  private readonly timers = make("ul", "steps-timers");
  private readonly tasks = make("tbody", "");
  private readonly output = make("pre", "steps-output");
  private readonly shade: SVGRectElement | null;
  private readonly now: SVGRectElement | null;
  private readonly columns: number;
  private readonly items: HTMLElement[];

  constructor(
    host: HTMLElement,
    private readonly recording: Recording,
  ) {
    this.last = recording.steps.length - 1;
    const around = host.closest(".ovt-exploration, .ovt-recording") ?? host;
    const explored = around.classList.contains("ovt-exploration");
    this.items = [...around.querySelectorAll<HTMLElement>(".ovt-list li")];
    const steps = recording.steps.filter(({ kind }) => kind === "step").length;
    // A deadlock is drawn as one more step, in which everybody waits.
    this.columns = steps + Number(recording.ending.kind === "deadlock");
    const svg = around.querySelector("figure svg");
    this.shade = svg && this.drawRect(svg, "steps-later");
    this.now = svg && this.drawRect(svg, "steps-now");

    this.slider.type = "range";
    this.slider.max = String(this.last);
    this.slider.value = "0";
    this.slider.setAttribute("aria-label", "Step");
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    const controls = make("div", "steps-controls", this.previous);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) controls.append(this.play);
    controls.append(this.next, this.slider, this.count);

    this.text.setAttribute("aria-live", "polite");
    const said = make("div", "steps-said", this.text, this.line);
    this.group.setAttribute("role", "group");
    this.group.setAttribute("aria-label", "Step through the run");
    this.group.append(controls, said, this.state(explored));
    this.group.addEventListener("keydown", (event) => this.key(event));
    host.replaceChildren(this.group);
    this.draw();
  }

  focus(): void {
    this.next.focus();
  }

  private button(label: string, act: () => void): HTMLButtonElement {
    const element = make("button", "run-button", label);
    element.type = "button";
    element.addEventListener("click", () => {
      if (element !== this.play) this.pause();
      act();
    });
    return element;
  }

  /** Return what there is to see besides the text: only what this run has at some step. */
  private state(explored: boolean): HTMLElement {
    const { steps, output, tasks } = this.recording;
    const state = make("div", "steps-state");
    const add = (title: string, content: HTMLElement): void => {
      state.append(make("div", "steps-part", make("p", "steps-title", title), content));
    };
    if (steps.some(({ shared }) => Object.keys(shared).length > 0)) add("Shared values", this.shared);
    add(explored ? "May run next" : "Ready queue, next first", this.ready);
    if (steps.some(({ timers }) => timers.length > 0)) add("Timers", this.timers);
    const head = make(
      "tr",
      "",
      ...["Task", "State"].map((title) => {
        const cell = make("th", "", title);
        cell.scope = "col";
        return cell;
      }),
    );
    const table = make("table", "steps-tasks", make("thead", "", head), this.tasks);
    add(tasks.length === 1 ? "Task" : "Tasks", table);
    if (output) {
      this.output.style.minHeight = `${output.trimEnd().split("\n").length * 1.5 + 0.8}em`;
      add("Output so far", this.output);
    }
    return state;
  }

  private drawRect(svg: Element, className: string): SVGRectElement {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", className);
    const height = Number(svg.getAttribute("height"));
    rect.setAttribute("y", String(DRAWING.player_top));
    rect.setAttribute("height", String(Math.max(0, height - DRAWING.player_margin)));
    svg.append(rect);
    return rect;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target === this.slider) return;
    const steps = { ArrowLeft: this.number - 1, ArrowRight: this.number + 1, Home: 0, End: this.last };
    const number = steps[event.key as keyof typeof steps];
    if (number === undefined) return;
    event.preventDefault();
    this.pause();
    this.go(number);
  }

  private start(): void {
    if (this.number === this.last) this.go(0);
    // Read out step by step only when the reader takes the steps.
    this.text.setAttribute("aria-live", "off");
    this.play.textContent = "Pause";
    this.playing = setInterval(() => {
      if (!this.group.isConnected) return this.pause();
      this.go(this.number + 1);
      if (this.number === this.last) this.pause();
    }, PACE);
  }

  private pause(): void {
    if (this.playing) clearInterval(this.playing);
    this.playing = null;
    this.play.textContent = "Play";
    this.text.setAttribute("aria-live", "polite");
  }

  private go(number: number): void {
    if (number < 0 || number > this.last) return;
    this.number = number;
    this.draw();
  }

  private draw(): void {
    const moment = momentAt(this.recording, this.number);
    const where = `Step ${this.number} of ${this.last}`;
    this.group.dataset.step = String(this.number);
    // Not `disabled`: the button would lose the reader's focus.
    this.previous.setAttribute("aria-disabled", String(this.number === 0));
    this.next.setAttribute("aria-disabled", String(this.number === this.last));
    this.slider.value = String(this.number);
    this.slider.setAttribute("aria-valuetext", where);
    this.count.textContent = where;
    const timed = this.recording.steps.some(({ time }) => time > 0);
    this.text.textContent = (timed ? `At ${moment.time}: ` : "") + moment.text;
    this.line.replaceChildren(
      ...(moment.line ? [`Line ${moment.line.number}: `, make("code", "", moment.line.source)] : []),
    );
    this.shared.replaceChildren(
      ...moment.shared.map(({ name, value, before }) => {
        const item = make("li", before ? "steps-changed" : "", make("code", "", `${name} = ${value || "…"}`));
        if (before) item.append(" was ", make("code", "", before));
        return item;
      }),
    );
    fill(this.ready, moment.ready, "nothing");
    fill(this.timers, moment.timers, "none");
    this.tasks.replaceChildren(
      ...moment.tasks.map(({ name, state, ran }) => {
        const title = make("th", "", name);
        title.scope = "row";
        const row = make(
          "tr",
          ran ? "steps-ran" : "",
          title,
          make("td", "", ran ? `just ran; ${state}` : state),
        );
        return row;
      }),
    );
    this.output.textContent = moment.output;
    this.drawColumn(moment.column);
    this.items.forEach((item, index) => {
      if (index === this.number) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    highlightLine(this.group, moment.line);
  }

  /** Frame the present step in the timeline and shade what has not run. Its right edge has room for a mark. */
  private drawColumn(column: number): void {
    const ended = this.number === this.last;
    const at = (position: number): string => `${(100 * position) / (this.columns * DRAWING.room)}%`;
    const place = (rect: SVGRectElement | null, from: number, to: number): void => {
      rect?.setAttribute("x", at(from));
      rect?.setAttribute("width", at(Math.max(0, to - from)));
    };
    const drawn = ended ? this.columns : column + 1;
    place(this.shade, drawn, this.columns * DRAWING.room);
    const shown = ended && this.columns > column + 1 ? this.columns - 1 : column;
    place(this.now, Math.max(0, shown), shown + 1);
  }
}

function fill(list: HTMLElement, entries: string[], none: string): void {
  list.replaceChildren(...(entries.length > 0 ? entries : [none]).map((entry) => make("li", "", entry)));
  list.toggleAttribute("data-empty", entries.length === 0);
}

/** Highlight a line in the code of the program's cell, where the browser can and the line is the same. */
function highlightLine(group: HTMLElement, line: Moment["line"]): void {
  const marks = "highlights" in CSS ? CSS.highlights : null; // newer: the line is not highlighted
  if (!marks) return;
  marks.delete(HIGHLIGHT);
  const shown = group.closest(having("cell"));
  const number = shown && (attributeOf(shown, "program") ?? attributeOf(shown, "cell"));
  const cell = document.querySelector(having("runs", "browser") + having("cell", CSS.escape(number ?? "")));
  const range = line && cell && rangeOfLine(cell, line.number);
  if (!range || range.toString().trim() !== line.source) return;
  marks.set(HIGHLIGHT, new Highlight(range)); // newer: it comes with CSS.highlights
}

/** Return the text of a line in a cell's editor, or in its published code. */
function rangeOfLine(cell: Element, number: number): Range | null {
  const range = document.createRange();
  const edited = cell.querySelectorAll(".cm-line")[number - 1];
  if (cell.querySelector(".cm-line")) {
    if (!edited) return null;
    range.selectNodeContents(edited);
    return range;
  }
  const pre = cell.querySelector(".cell_input pre");
  if (!pre) return null;
  const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
  let line = 1;
  let begun = false;
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    let from = 0;
    if (!begun && line === number) {
      range.setStart(node, 0);
      begun = true;
    }
    for (let end = node.data.indexOf("\n"); end >= 0; end = node.data.indexOf("\n", from)) {
      if (line === number) {
        range.setEnd(node, end);
        return range;
      }
      line += 1;
      from = end + 1;
      if (line === number) {
        range.setStart(node, from);
        begun = true;
      }
    }
    if (begun) range.setEnd(node, node.length);
  }
  return begun ? range : null;
}

/** Say the first paragraph of a new output, which as a whole is too long to be read out. */
function announce(output: Element): void {
  const status = make("p", "visually-hidden");
  status.setAttribute("role", "status");
  const said = output.querySelector("p")?.textContent ?? "";
  output.append(status);
  // A status speaks of what changes while it is there.
  setTimeout(() => (status.textContent = said), 100);
}

/** Turn the place for a player into one. `data` is the text of its JSON. */
export function openPlayer(host: HTMLElement, data: string): Player {
  const recording = JSON.parse(data) as Recording;
  return new Player(host, recording);
}

/** Open the players in a live output. Its scripts were taken out, so the data comes from its markup. */
export function openLive(hosts: Iterable<HTMLElement>, markup: string): void {
  const data = [...parseInert(markup).querySelectorAll('.ovt-player > script[type="application/json"]')];
  [...hosts].forEach((host, index) => {
    const text = data[index]?.textContent;
    if (!text) return;
    const around = host.closest(".ovt-exploration, .ovt-recording");
    for (const details of around?.querySelectorAll<HTMLDetailsElement>("details.ovt-list") ?? []) {
      details.open = false;
    }
    openPlayer(host, text);
    if (around) announce(around);
  });
}
