/** Holds one runnable cell as the page shows it: attributes, buttons and the live region. */
import { attributeOf, having, setAttribute } from "../shared/attributes";
import type { CellState } from "../shared/contract";
import { chunks } from "./chunks";
import { runsTasks } from "./tasks";

/** A wish of the reader about a cell. */
export type Action = "run" | "stop" | "timeline" | "edit" | "reset" | "intent";

export interface Offer {
  label: string;
  act: () => void;
}

/** A press by key or script this soon (ms) after Run is the same press again, not a Stop. */
const REPEAT = 100;

export class CellView {
  readonly number: number;
  /** The earlier cells that the published code needs. */
  readonly needs: number[];
  /** For an explorer or a stepper: the cell that holds its program. */
  readonly program: number | null;
  /** The names it uses, each with the cell that defines it. */
  readonly uses: Readonly<Record<string, number>>;
  /** A cell that is meant to fail: its error does not end "Run all". */
  readonly raises: boolean;
  readonly published: string;
  /** The author wants this cell to run on a virtual clock. */
  readonly virtual: boolean;
  readonly input: HTMLElement;
  readonly recorded: HTMLElement | null;
  readonly live: HTMLElement;
  readonly controls: HTMLElement;
  /** Where outputs go, inside the live region. */
  readonly output = make("div", "cell_output");
  /** Where the timeline of a run goes: in the live region, but not read out as it changes. */
  readonly drawing = make("div", "cell-timeline");
  readonly label = make("p", "output-label");
  /** A stored edit that the reader has not decided about; nothing writes over it until then. */
  kept: string | null = null;
  /** Whether the code came with a link and the reader has not agreed to run it. It is not theirs to store. */
  foreign = false;
  private readonly status = make("div", "run-status");
  private readonly goingOn = make("div", "run-tasks");
  private readonly editStatus = make("div", "edit-status");
  private readonly keptOffer = make("div", "edit-kept");
  private readonly runButton: HTMLButtonElement;
  private readonly timelineButton: HTMLButtonElement;
  private readonly editButton: HTMLButtonElement;
  private readonly resetButton: HTMLButtonElement;
  private activeSince = 0;
  private rows = 0;
  private code = "";
  /** For modules loaded later: importing these would split the entry into two requests. */
  readonly dom = { make, button };
  readonly chunks = chunks;

  constructor(
    readonly element: HTMLElement,
    private readonly on: (action: Action, cell: CellView) => void,
  ) {
    const words = (name: "needs" | "uses"): string[] =>
      (attributeOf(element, name) ?? "").split(/\s+/).filter(Boolean);
    const program = attributeOf(element, "program");
    this.number = Number(attributeOf(element, "cell"));
    this.needs = words("needs").map(Number);
    this.program = program ? Number(program) : null;
    this.uses = Object.fromEntries(
      words("uses").map((pair) => {
        const [name = "", cell] = pair.split(":");
        return [name, Number(cell)];
      }),
    );
    this.raises = attributeOf(element, "match") === "error";
    this.input = find(element, ".cell_input");
    this.controls = find(element, ".cell-controls");
    this.live = find(element, having("output", "live"));
    this.recorded = element.querySelector(having("output", "recorded"));
    this.published = JSON.parse(find(element, `script${having("source")}`).textContent ?? '""');
    this.virtual = attributeOf(element, "clock") === "virtual";
    this.label.hidden = true;
    this.drawing.setAttribute("aria-live", "off");
    this.live.append(this.label, this.output, this.drawing, this.status, this.goingOn);
    this.live.append(this.editStatus, this.keptOffer);

    this.runButton = button("Run", "cell-run", (event) => this.press(event));
    this.timelineButton = button("Timeline", "cell-draw", () => on("timeline", this));
    this.timeline = attributeOf(element, "draws") !== null;
    this.source = this.published;
    this.editButton = button("Edit", "cell-edit", () => on("edit", this));
    this.resetButton = button("Reset", "cell-reset", () => on("reset", this));
    this.resetButton.hidden = true;
    this.controls.append(this.runButton, this.timelineButton, this.editButton, this.resetButton);

    // A click on the code gives the cell focus, and with it the Shift+Enter key.
    element.tabIndex = -1;
    element.addEventListener("keydown", (event) => this.key(event));
    this.listenForIntent();
  }

  /** Listen for what counts as intent; warm.ts says what does, and why. */
  private listenForIntent(): void {
    const found = new AbortController();
    const intent = (): void => {
      found.abort();
      this.on("intent", this);
    };
    const by = { passive: true, signal: found.signal };
    this.element.addEventListener(
      "focusin",
      // An address with the cell's name gives the cell itself the focus.
      ({ target }) => {
        if (target !== this.element) intent();
      },
      by,
    );
    this.element.addEventListener("click", intent, by);
    this.element.addEventListener(
      "pointermove",
      ({ pointerType, movementX, movementY }) => {
        if (pointerType !== "touch" && (movementX !== 0 || movementY !== 0)) intent();
      },
      by,
    );
    this.bar.addEventListener("pointerdown", intent, by);
  }

  /** Return the row of the cell that holds its buttons. */
  get bar(): Element {
    return this.controls.parentElement ?? this.controls;
  }

  /** Say next to Run what the first run downloads; null once nothing is. */
  showCost(megabytes: string | null): void {
    this.controls.querySelector(".run-cost")?.remove();
    this.runButton.removeAttribute("aria-describedby");
    if (megabytes === null) return;
    const cost = make("span", "run-cost");
    cost.id = `cell-${this.number}-cost`;
    // Words that a phone has no room for are only shown wider, but always read out.
    const about = (words: string): HTMLElement => make("span", "run-cost-about", words);
    cost.append(
      make("span", "run-cost-of", "First run: "),
      about("about "),
      `${megabytes} MB`,
      about(", once"),
    );
    this.runButton.setAttribute("aria-describedby", cost.id);
    this.controls.append(cost);
  }

  /** Return what runs: the published source, or the reader's edit. */
  get source(): string {
    return this.code;
  }

  /** Only code that runs tasks has a timeline to draw. */
  set source(code: string) {
    this.code = code;
    this.timelineButton.hidden = !runsTasks(code);
  }

  /** Return whether this code has a timeline to draw. */
  get drawable(): boolean {
    return !this.timelineButton.hidden;
  }

  /** Return whether the runs of this cell are drawn. */
  get timeline(): boolean {
    return this.timelineButton.getAttribute("aria-pressed") === "true";
  }

  set timeline(wanted: boolean) {
    this.timelineButton.setAttribute("aria-pressed", String(wanted));
  }

  get state(): CellState {
    return attributeOf(this.element, "state") ?? "idle";
  }

  /** The same button is Run and, while the cell waits or runs, Stop: focus stays where it is. */
  set state(state: CellState) {
    const wasActive = this.active;
    setAttribute(this.element, "state", state);
    if (this.active && !wasActive) this.activeSince = performance.now();
    this.runButton.textContent = this.active ? "Stop" : "Run";
    this.runButton.classList.toggle("cell-stop", this.active);
    this.live.setAttribute("aria-busy", String(state === "running"));
  }

  get active(): boolean {
    return this.state === "starting" || this.state === "running";
  }

  set edited(edited: boolean) {
    if (!edited && document.activeElement === this.resetButton) this.editButton.focus();
    this.resetButton.hidden = !edited;
    setAttribute(this.element, "edited", edited ? "" : null);
  }

  focusRun(): void {
    this.runButton.focus();
  }

  focusEdit(): void {
    this.editButton.focus();
  }

  /** Say something below the outputs, with buttons for what can be done about it. */
  say(message: string, offers: Offer[] = [], kind: "info" | "problem" = "info"): void {
    const hadFocus = this.status.contains(document.activeElement);
    this.fill(this.status, message, offers, kind);
    if (hadFocus) this.focusRun();
  }

  /** Say how opening the editor goes; what was said about the run stays. */
  sayOfEditor(message: string, kind: "info" | "problem" = "info", offers: Offer[] = []): void {
    this.fill(this.editStatus, message, offers, kind);
  }

  /** Offer a stored edit. It stays offered, whatever else is said, until `decideKept`. */
  offerKept(source: string, message: string, offers: Offer[]): void {
    this.kept = source;
    this.fill(this.keptOffer, message, offers, "info");
  }

  decideKept(): void {
    this.kept = null;
    this.fill(this.keptOffer, "", [], "info");
  }

  private fill(place: HTMLElement, message: string, offers: Offer[], kind: string): void {
    const rows: HTMLElement[] = [];
    if (message) rows.push(make("p", `run-message run-${kind}`, message));
    if (offers.length > 0) {
      const bar = make("p", "run-offers");
      bar.append(...offers.map(({ label, act }) => button(label, "run-offer", act)));
      rows.push(bar);
    }
    place.replaceChildren(...rows);
    this.hideEmptyLive();
  }

  /** Fill the place of the timeline, or empty it. */
  draw(...content: Node[]): void {
    this.drawing.replaceChildren(...content);
    this.hideEmptyLive();
  }

  focusTimeline(): void {
    this.timelineButton.focus();
  }

  private hideEmptyLive(): void {
    const places = [this.drawing, this.status, this.goingOn, this.editStatus, this.keptOffer];
    const said = places.some((place) => place.hasChildNodes());
    this.live.hidden = this.label.hidden && !said;
  }

  /** Take back a sentence that is no longer true. */
  unsay(message: string): void {
    for (const said of [...this.status.children]) if (said.textContent === message) said.remove();
    this.hideEmptyLive();
  }

  /**
   * Say which tasks of this cell go on, a row for each offer. What only changes is not read out: names
   * come and go.
   */
  sayGoingOn(rows: readonly { message: string; offer: Offer }[]): void {
    const old = [...this.goingOn.children];
    rows.forEach(({ message, offer }, i) => {
      const row = old[i] ?? this.newRow();
      row.setAttribute("aria-live", old[i] ? "off" : "polite");
      const [said, stop] = row.children as unknown as [HTMLElement, HTMLButtonElement];
      setText(said, message);
      setText(stop, offer.label);
      stop.onclick = offer.act;
    });
    for (const row of old.slice(rows.length)) {
      if (row.contains(document.activeElement)) this.focusRun();
      row.remove();
    }
    this.hideEmptyLive();
  }

  private newRow(): HTMLElement {
    const row = make("div", "run-going-on");
    const said = make("p", "run-message");
    const stop = button("", "run-offer", () => undefined);
    this.rows += 1;
    said.id = `cell-${this.number}-tasks-${this.rows}`;
    stop.setAttribute("aria-describedby", said.id);
    row.append(said, stop);
    this.goingOn.append(row);
    return row;
  }

  /** Add a sentence below what was said. */
  note(message: string): void {
    this.show(make("p", "run-message run-note", message));
  }

  show(message: HTMLElement): void {
    this.live.hidden = false;
    this.status.append(message);
  }

  /** Show how far a wait is. Sighted readers see numbers; the rest hear each stage once. */
  showProgress(report: { text: string; stage: string; loaded: number; total: number }): void {
    let bar = this.status.querySelector("progress");
    if (!bar) {
      bar = make("progress", "run-progress");
      bar.setAttribute("aria-label", "Starting Python");
      const shown = make("span", "run-progress-text");
      shown.setAttribute("aria-hidden", "true");
      const row = make("p", "run-message run-info");
      row.append(bar, shown, make("span", "visually-hidden run-progress-stage"));
      this.status.replaceChildren(row);
      this.live.hidden = false;
    }
    if (report.total > 0) {
      bar.max = report.total;
      bar.value = report.loaded;
    }
    setText(find(this.status, ".run-progress-text"), report.text);
    setText(find(this.status, ".run-progress-stage"), report.stage);
  }

  /** Empty the live region, as it was before the first run. */
  clearLive(): void {
    this.label.hidden = true;
    this.output.replaceChildren();
    this.drawing.replaceChildren();
    this.status.replaceChildren();
    this.hideEmptyLive();
  }

  private press(event: MouseEvent): void {
    if (!this.active) return this.on("run", this);
    const doubleClick = event.detail > 1;
    const repeated = event.detail === 0 && performance.now() - this.activeSince < REPEAT;
    if (!doubleClick && !repeated) this.on("stop", this);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (event.repeat && event.target === this.runButton) return event.preventDefault();
    if (event.key === "Enter" && event.shiftKey && !event.defaultPrevented) {
      event.preventDefault();
      if (!event.repeat && !this.active) this.on("run", this);
    }
  }
}

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  content = "",
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

export function button(
  label: string,
  className: string,
  act: (event: MouseEvent) => void,
): HTMLButtonElement {
  const element = make("button", `run-button ${className}`, label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

export function find(parent: ParentNode, selector: string): HTMLElement {
  const element = parent.querySelector<HTMLElement>(selector);
  if (!element) throw new Error(`The page has no ${selector} where the runner expects one`);
  return element;
}

/** Change text only when it differs: a live region announces every change. */
function setText(element: HTMLElement, content: string): void {
  if (element.textContent !== content) element.textContent = content;
}
