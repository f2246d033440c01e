/**
 * Entry of page/, for every page with runnable cells: puts the buttons there, and loads the rest
 * when the reader shows that they want to run something.
 *
 * What is in page/ runs in the document. It may import shared/ and, of offline/, registration.ts
 * alone (the practice server); nothing of worker/, which it talks to by the types of shared/protocol.ts.
 * Here import only what each page needs at once: a module that a chunk imports, too, is one more request.
 */
import { attributeOf, having, setAttribute } from "../shared/attributes";
import { hasPython, rememberPython } from "../shared/remembered";
import { type Action, button, CellView, make } from "./cell";
import { chunks } from "./chunks";
import { fingerprint, followMovedCode, forgetEdit, recallEdit, rememberEdit, storageKey } from "./edits";
import type { Page } from "./page";
import type { Session } from "./session";
import { savesData, whenIdle, whenScrolledTo } from "./warm";

class Toolbar {
  readonly status = make("p", "runner-status");
  readonly runAll: HTMLButtonElement;
  readonly restart: HTMLButtonElement;
  /** Python's files, as the build says: their version, and the size of all of them. */
  readonly version: string;
  readonly megabytes: string;

  constructor(first: CellView, on: (action: "runAll" | "restart") => void) {
    const bar =
      document.querySelector<HTMLElement>(having("runner_toolbar")) ?? make("div", "runner-toolbar");
    this.version = attributeOf(bar, "kernel_version") ?? "";
    this.megabytes = attributeOf(bar, "first_run_mb") ?? "";
    if (!bar.isConnected) first.element.before(bar);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Python in this page");
    this.status.setAttribute("role", "status");
    this.runAll = button("Run all", "runner-run-all", () => on("runAll"));
    this.restart = button("Restart", "runner-restart", () => on("restart"));
    this.restart.hidden = true;
    bar.append(this.runAll, this.restart, this.status);
  }
}

let session: Promise<Session> | null = null;

function load(): Promise<Session> {
  session ??= chunks
    .loadChunk(() => import("./session"), import.meta.url)
    .then((module) => module.open(page));
  session.catch(() => (session = null));
  return session;
}

/** Have Python ready before it is asked for. What fails here is said when it is. */
function warm(): void {
  load().then(
    (loaded) => loaded.warm(),
    () => undefined,
  );
}

/** Pass on what was pressed, or say that the code for it did not arrive. */
async function act(cell: CellView, use: (session: Session) => void): Promise<void> {
  let loaded: Session;
  try {
    loaded = await load();
  } catch (error) {
    const retry = (): void => {
      cell.state = "idle";
      void act(cell, use);
    };
    const old = await chunks.pageIsOld();
    cell.state = "failed";
    page.setKernel("dead");
    if (old) return cell.say(chunks.UPDATED, [chunks.RELOAD], "problem");
    cell.say(
      `The part of this page that runs Python did not arrive: ${(error as Error).message}. ` +
        "The recorded output stays.",
      [{ label: "Retry", act: retry }],
      "problem",
    );
    return;
  }
  use(loaded);
}

function onCell(action: Action, cell: CellView): void {
  if (action === "intent") {
    if (!savesData())
      load()
        .then((loaded) => loaded.liven(cell))
        .catch(() => undefined);
    return savesData() ? undefined : warm();
  }
  if (action === "run") cell.state = "starting";
  void act(cell, (loaded) => loaded[action](cell));
}

/** Offer the edit of an earlier visit: it comes back when the reader asks for it or presses Edit. */
function offerOldEdit(cell: CellView): void {
  const old = recallEdit(cell);
  if (!old) return;
  const message =
    "You edited this cell on an earlier visit" +
    (old.stale ? "; its published code has changed since." : ".");
  const discard = (): void => {
    forgetEdit(cell);
    cell.decideKept();
    cell.focusEdit();
  };
  cell.offerKept(old.source, message, [
    { label: "Restore your edit", act: () => onCell("edit", cell) },
    { label: "Discard it", act: discard },
  ]);
}

/** Hear that another tab with this page has stored an edit of the cell, or dropped it. */
function hearOfOtherTab(cell: CellView): void {
  const edited = cell.source !== cell.published;
  const other = recallEdit(cell);
  if (!other || other.source === cell.source) {
    cell.decideKept();
    if (!other && edited) rememberEdit(cell);
    return;
  }
  if (cell.kept !== null) {
    cell.kept = other.source;
    return;
  }
  const keep = (): void => {
    cell.decideKept();
    if (edited) rememberEdit(cell);
    cell.focusEdit();
  };
  const message = edited
    ? "You edited this cell in another tab, too. The browser keeps the edit that was made last."
    : "You edited this cell in another tab.";
  cell.offerKept(other.source, message, [
    { label: "Use that edit here", act: () => onCell("edit", cell) },
    { label: edited ? "Keep this one" : "Leave it there", act: keep },
  ]);
}

/** Offer to walk through a recorded run; the code for it comes when the reader wants to. */
function offerSteps(host: HTMLElement): void {
  const data = host.textContent ?? "";
  const load = (): Promise<typeof import("./player")> =>
    chunks.loadChunk(() => import("./player"), import.meta.url);
  const problem = make("p", "run-message run-problem");
  problem.setAttribute("role", "status");
  const open = button("Step through", "steps-open", () => {
    load().then(
      ({ openPlayer }) => openPlayer(host, data).focus(),
      async () => {
        const old = await chunks.pageIsOld();
        problem.textContent = old
          ? chunks.UPDATED
          : "The buttons for this could not be loaded. The list below has " +
            "the same steps. Check the connection and press Step through again.";
      },
    );
  });
  for (const intent of ["pointerenter", "focus"]) {
    open.addEventListener(intent, () => void load().catch(() => undefined), { once: true });
  }
  host.append(open, problem);
}

/** Offer to put an exercise's solution into its cell, where the reader can run it or change it. */
function offerSolution(solution: HTMLElement): void {
  const number = Number(attributeOf(solution, "solution"));
  const code = solution.querySelector("pre")?.textContent?.trimEnd() ?? "";
  const put = (): void => {
    const cell = cells.find((one) => one.number === number);
    if (cell) void act(cell, (loaded) => void loaded.put(cell, code));
  };
  solution.append(button(`Put it into cell ${number}`, "solution-put", put));
}

const cells = [...document.querySelectorAll<HTMLElement>(having("runs", "browser"))].map(
  (element) => new CellView(element, onCell),
);
const first = cells[0];
const toolbar = first ? new Toolbar(first, (action) => void act(first, (s) => s[action]())) : null;

const page: Page = {
  cells,
  version: toolbar?.version ?? "",
  edits: { rememberEdit, forgetEdit, fingerprint },
  chunks,
  tell: (message) => {
    if (toolbar) toolbar.status.textContent = message;
  },
  offerRestart: () => {
    if (toolbar) toolbar.restart.hidden = false;
  },
  setKernel: (state) => {
    setAttribute(document.documentElement, "kernel", state);
    if (state !== "ready" || !toolbar) return;
    rememberPython(toolbar.version);
    for (const cell of cells) cell.showCost(null);
  },
};
page.setKernel("off");
followMovedCode(cells);
for (const cell of cells) offerOldEdit(cell);
addEventListener("storage", ({ key }) => {
  const cell = cells.find((one) => storageKey(one) === key);
  if (cell) hearOfOtherTab(cell);
});
for (const host of document.querySelectorAll<HTMLElement>(".ovt-player")) offerSteps(host);
for (const solution of document.querySelectorAll<HTMLElement>(having("solution"))) offerSolution(solution);

/** Show the code that the address brings for a cell, if it does. */
async function openLink(): Promise<void> {
  const { hash } = location;
  const number = /^#cell-(\d+)=/.exec(hash)?.[1];
  const cell = cells.find((each) => String(each.number) === number);
  if (!cell) return;
  await act(cell, async (loaded) => loaded.openLink(cell, hash));
}

addEventListener("hashchange", () => void openLink());
void openLink();

if (toolbar && hasPython(toolbar.version)) {
  // The reader may have removed the files meanwhile.
  whenIdle(() => hasPython(toolbar.version) && warm());
} else {
  if (toolbar?.megabytes) for (const cell of cells) cell.showCost(toolbar.megabytes);
  whenScrolledTo(
    cells.map((cell) => cell.bar),
    warm,
  );
}
