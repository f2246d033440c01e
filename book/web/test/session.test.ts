// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import type { EditorOptions } from "../src/page/editor";
import type { KernelHandlers } from "../src/page/kernel";
import type { Needs, RunRequest, RunResult } from "../src/shared/protocol";

/** The page's whole runner with a kernel and an editor that do what the test says. */
const kernels: FakeKernel[] = [];
let starts = true;
let needsOf: (sources: string[]) => Needs;
class FakeKernel {
  config = { versions: { python: "3.14.0" } };
  ready = false;
  waiting: { request: RunRequest; resolve: (result: RunResult) => void }[] = [];
  constructor(
    readonly version: string,
    readonly handlers: KernelHandlers,
  ) {
    kernels.push(this);
  }
  async start() {
    if (!starts) throw new Error("no network");
    this.ready = true;
  }
  run(request: RunRequest) {
    return new Promise<RunResult>((resolve) => this.waiting.push({ request, resolve }));
  }
  async needs(sources: string[]) {
    return needsOf(sources);
  }
  cancel() {
    return new Promise<boolean>(() => undefined); // the cell does not listen
  }
  terminate() {}
}
const practice = { starts: 0, there: Promise.resolve() };
vi.mock("../src/offline/registration", () => ({
  startPracticeServer: () => {
    practice.starts += 1;
    return practice.there;
  },
}));
vi.mock("../src/page/kernel", () => ({ Kernel: FakeKernel, missingSupport: () => null }));

const editors: (EditorOptions & { text: string })[] = [];
let editorArrives: Promise<unknown> = Promise.resolve();
const loadEditor = async () => {
  await editorArrives;
  const openEditor = (_: HTMLElement, source: string, options: EditorOptions) => {
    const editor = { ...options, text: source };
    editors.push(editor);
    const setText = (text: string) => {
      editor.text = text;
      options.change(text);
    };
    return { focus: () => undefined, setText, mark: () => undefined, close: () => undefined };
  };
  return { openEditor };
};

const NOTHING: Needs = { cells: [], names: {} };
const OK: RunResult = {
  ok: true,
  ms: 5,
  error: null,
  awaited: [],
  held: 0,
  full: false,
  leftOut: 0,
  stopped: false,
  interrupted: false,
  practice: {},
};

function cellHtml(number: number, needs = "", uses = ""): string {
  return (
    `<div class="cell" data-runs="browser" data-state="idle" data-cell="${number}" data-needs="${needs}" data-uses="${uses}" id="cell-${number}">` +
    '<div class="cell-bar"><span class="cell-controls"></span></div>' +
    '<details><summary>Solution</summary><div class="cell_input"><pre>code</pre></div></details>' +
    `<script type="application/json" data-source>"source ${number}"</script>` +
    '<div data-output="live" aria-live="polite" hidden></div></div>'
  );
}

async function openPage(...cells: string[]): Promise<void> {
  vi.resetModules();
  vi.doMock("../src/page/editor", loadEditor);
  kernels.length = editors.length = 0;
  document.body.innerHTML = cells.join("");
  await import("../src/page/runner");
}

const cell = (number: number) => document.querySelector(`[data-cell="${number}"]`) as HTMLElement;
const state = (number: number) => cell(number).dataset.state;
const live = (number: number) => cell(number).querySelector<HTMLElement>('[data-output="live"]')!;
const label = (number: number) => live(number).querySelector(".output-label")?.textContent;
const status = () => document.querySelector(".runner-status")?.textContent;
const kernel = () => kernels.at(-1)!;

function findButton(name: string, root: ParentNode = document): HTMLButtonElement | undefined {
  return [...root.querySelectorAll("button")].find((b) => b.textContent === name && !b.hidden);
}
function press(name: string, root: ParentNode = document): void {
  const found = findButton(name, root);
  if (!found) throw new Error(`There is no button ${name}`);
  found.click();
}
async function running(number: number): Promise<void> {
  await vi.waitFor(() => expect(state(number)).toBe("running"));
}
async function restart(): Promise<void> {
  const before = kernels.length;
  press("Restart");
  await vi.waitFor(() => expect(kernels.length).toBeGreaterThan(before));
}
/** End the run that is under way. */
async function end(number: number, result: RunResult = OK): Promise<void> {
  await running(number);
  kernel().waiting.shift()?.resolve(result);
  await vi.waitFor(() => expect(state(number)).not.toBe("running"));
}
/** The cell under way prints something. */
function print(number: number, run: number): void {
  kernel().handlers.output([{ type: "stream", run, name: "stdout", text: `from ${number}\n` }]);
}

const KEY = "overlap:/index.html#1";
const EDIT = JSON.stringify({ source: "mine", published: "other" });

beforeEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  starts = true;
  needsOf = () => NOTHING;
  editorArrives = Promise.resolve();
});

test("a stored edit stays offered through a run, and nothing touches it before the reader decides", async () => {
  localStorage.setItem(KEY, EDIT);
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await end(1);
  expect(kernel().waiting).toEqual([]);
  expect(findButton("Restore your edit", cell(1))).toBeDefined();
  expect(live(1).hidden).toBe(false);
  expect(localStorage.getItem(KEY)).toBe(EDIT);
});

test.each(["Edit", "Restore your edit"])("%s opens the stored edit", async (name) => {
  localStorage.setItem(KEY, EDIT);
  await openPage(cellHtml(1));
  press(name, cell(1));
  await vi.waitFor(() => expect(editors[0]?.text).toBe("mine"));
  expect(findButton("Restore your edit", cell(1))).toBeUndefined();
  expect(JSON.parse(localStorage.getItem(KEY) ?? "null").source).toBe("mine");
});

test.each([
  ["/overlap/", "/overlap/index.html"],
  ["/overlap/notebooks/async.html", "/overlap/notebooks/async"],
])("an edit made at %s is there at %s, which is the same page", async (here, there) => {
  history.replaceState(null, "", here);
  await openPage(cellHtml(1));
  press("Edit", cell(1));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  editors[0]!.change("mine");
  history.replaceState(null, "", there);
  await openPage(cellHtml(1));
  history.replaceState(null, "", "/");
  expect(findButton("Restore your edit", cell(1))).toBeDefined();
});

test("discarding a stored edit forgets it and hides the empty live output", async () => {
  localStorage.setItem(KEY, EDIT);
  await openPage(cellHtml(1));
  press("Discard it", cell(1));
  expect(localStorage.getItem(KEY)).toBeNull();
  expect(live(1).hidden).toBe(true);
});

test("each Run all says that all cells ran once all have, and not before", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  for (let time = 0; time < 2; time++) {
    press("Run all");
    await end(1);
    expect(status()).toBe("");
    await end(2);
    expect(status()).toBe("All 2 cells ran.");
  }
});

test("Run all does not outlive a Restart", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  press("Run all");
  await running(1);
  await restart();
  for (const number of [1, 2]) {
    press("Run", cell(number));
    await end(number);
  }
  expect(status()).toBe("");
});

test("Run all does not outlive a cell that was taken out of its queue", async () => {
  await openPage(cellHtml(1), cellHtml(2));
  press("Run all");
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110)); // sooner is the same press again
  press("Stop", cell(2));
  await end(1);
  press("Run", cell(2));
  await end(2);
  expect(status()).toBe("");
});

test("when Restart ends a run, its label says that it was stopped", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await running(1);
  print(1, 1);
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · running");
  await restart();
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · stopped");
  expect(live(1).textContent).toContain("from 1");
});

test("when Python dies in a run, its label says so", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await running(1);
  print(1, 1);
  kernel().handlers.died("no memory");
  expect(label(1)).toBe("Your run · Python 3.14.0 in this browser · ended unexpectedly");
});

test("what Restart says about old outputs goes away with the next run", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  await end(1);
  await restart();
  expect(status()).toContain("outputs on this page are from before");
  press("Run", cell(1));
  await end(1);
  expect(status()).toBe("");
});

test("the keyboard focus on a cell starts Python, and a failure is said when it is asked for", async () => {
  starts = false;
  await openPage(cellHtml(1));
  findButton("Run", cell(1))?.focus();
  await vi.waitFor(() => expect(kernels).toHaveLength(1));
  await vi.waitFor(() => expect(document.documentElement.dataset.kernel).toBe("off"));
  expect(status()).toBe("");
  press("Run", cell(1));
  await vi.waitFor(() => expect(state(1)).toBe("failed"));
  expect(live(1).textContent).toContain("Python could not start: no network");
});

test("after a start that failed only the reader starts Python again", async () => {
  starts = false;
  await openPage(cellHtml(1), cellHtml(2));
  press("Run", cell(1));
  await vi.waitFor(() => expect(state(1)).toBe("failed"));
  const before = kernels.length;
  findButton("Run", cell(2))?.focus(); // intent
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(kernels.length).toBe(before);
  starts = true;
  press("Retry", cell(1));
  await running(1);
});

test("with Save-Data nothing starts before Run is pressed", async () => {
  vi.stubGlobal("navigator", { connection: { saveData: true } });
  await openPage(cellHtml(1));
  findButton("Run", cell(1))?.focus();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(kernels).toHaveLength(0);
  press("Run", cell(1));
  await running(1);
});

test("what the first run downloads stands next to Run until Python is here", async () => {
  const toolbar = '<div data-runner-toolbar data-kernel-version="1" data-first-run-mb="7"></div>';
  await openPage(toolbar, cellHtml(1), cellHtml(2));
  const cost = () => document.querySelectorAll(".run-cost").length;
  expect(cell(2).querySelector(".run-cost")?.textContent).toBe("First run: about 7 MB, once");
  expect(findButton("Run", cell(2))?.getAttribute("aria-describedby")).toBe("cell-2-cost");
  press("Run", cell(1));
  await running(1);
  expect(cost()).toBe(0);
  await openPage(toolbar, cellHtml(1)); // another page, on which Python starts when it is idle
  expect(cost()).toBe(0);
  await vi.waitFor(() => expect(kernel()?.ready).toBe(true));
});

test("Run runs what the cell needs first, each in its place, and says so", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3), cellHtml(4, "1 3", "photos:3"));
  press("Run", cell(4));
  await running(1);
  expect(live(4).textContent).toContain("Running cells 1 and 3 first, which define photos.");
  await end(1);
  await end(3);
  await running(4);
  expect(live(4).textContent).toContain("Ran cells 1 and 3 first");
  await end(4);
  expect(live(4).textContent).toContain("Ran cells 1 and 3 first, which define photos.");
  expect([1, 2, 3, 4].map(state)).toEqual(["done", "idle", "done", "done"]);
});

test("what has run, or runs before, is not run again", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3, "1 2"));
  press("Run", cell(1));
  await end(1);
  press("Run", cell(2));
  press("Run", cell(3));
  await end(2);
  await end(3);
  expect([1, 2, 3].map(state)).toEqual(["done", "done", "done"]);
  expect(live(3).textContent).not.toContain("first");
});

test("when a needed cell fails, the cell says so and can be run anyway", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Run", cell(2));
  const error = { type: "ValueError", message: "", text: "", frames: [], missing: null, tree: null, all: [] };
  await end(1, { ...OK, ok: false, error });
  expect(state(2)).toBe("idle");
  expect(live(2).textContent).toContain("Not run: cell 1, which it needs, ended with an error.");
  press("Run anyway", cell(2));
  await running(2);
});

test("Stop on a needed cell names it at the cell that wanted it", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Run", cell(2));
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110)); // sooner is the same press again
  press("Stop", cell(1));
  await vi.waitFor(() => expect(state(2)).toBe("idle"));
  expect(live(2).textContent).toContain("Not run: cell 1, which it needs, was stopped.");
});

test("a cell that is taken out of the queue takes with it what waited for its sake", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3), cellHtml(4, "1 2 3"), cellHtml(5, "2"));
  press("Run", cell(4));
  press("Run", cell(5));
  await running(1);
  await new Promise((resolve) => setTimeout(resolve, 110));
  press("Stop", cell(4));
  await vi.waitFor(() => expect(state(4)).toBe("stopped"));
  expect([1, 2, 3, 4, 5].map(state)).toEqual(["running", "starting", "idle", "stopped", "starting"]);
});

test("what an edited cell needs comes from its code", async () => {
  await openPage(cellHtml(1), cellHtml(2), cellHtml(3, "1"));
  press("Edit", cell(3));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  editors[0]?.change("print(two)");
  needsOf = (sources) =>
    String(sources) === "source 1,source 2,print(two)" ? { cells: [2], names: { two: 2 } } : NOTHING;
  press("Run", cell(3));
  await end(2);
  await end(3);
  expect(live(3).textContent).toContain("Ran cell 2 first, which defines two.");
  expect(state(1)).toBe("idle");
});

test("Restart says nothing about outputs when there are none", async () => {
  await openPage(cellHtml(1));
  starts = false;
  press("Run", cell(1));
  await vi.waitFor(() => expect(kernels).toHaveLength(1));
  await restart();
  expect(status()).toBe("Python was restarted.");
});

test("a module that is not here gets a sentence on where it would be", async () => {
  await openPage(cellHtml(1));
  press("Run", cell(1));
  const error = {
    type: "ModuleNotFoundError",
    message: "",
    text: "",
    frames: [],
    missing: "numpy",
    tree: null,
    all: [],
  };
  await end(1, { ...OK, ok: false, error });
  expect(live(1).textContent).toContain("Python's standard library only, not numpy");
});

test("Edit opens the details that hide the code", async () => {
  await openPage(cellHtml(1));
  press("Edit", cell(1));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  expect(cell(1).querySelector("details")?.open).toBe(true);
});

test("a slow editor is announced, and the announcement goes when it opens", async () => {
  let arrive!: (value?: unknown) => void;
  editorArrives = new Promise((resolve) => (arrive = resolve));
  await openPage(cellHtml(1));
  press("Edit", cell(1));
  await vi.waitFor(() => expect(live(1).textContent).toBe("Loading the editor."));
  expect(live(1).hidden).toBe(false);
  arrive();
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  expect(live(1).textContent).toBe("");
  expect(live(1).hidden).toBe(true);
});

test("an edited cell is not asked for what the published one needs", async () => {
  await openPage(cellHtml(1), cellHtml(2, "1"));
  press("Edit", cell(2));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  editors[0]?.change("print(1)");
  press("Run", cell(2));
  await running(2);
  expect(kernel().waiting[0]?.request).toMatchObject({ cell: 2, code: "print(1)" });
});

// --- the practice server -------------------------------------------------------------------

const withServer = (number: number): string =>
  cellHtml(number).replace(`source ${number}`, "import practice_server");

test("a cell that uses the practice server waits until that is there; once for each Python", async () => {
  let come = (): void => undefined;
  practice.there = new Promise((resolve) => (come = resolve));
  practice.starts = 0;
  await openPage(withServer(1), cellHtml(2));
  press("Run", cell(1));
  await vi.waitFor(() => expect(practice.starts).toBe(1));
  expect(kernel().waiting).toEqual([]);
  come();
  await end(1, { ...OK, practice: { real: 2 } });
  expect(live(1).textContent).toContain("The practice server was real");
  expect(live(1).textContent).toContain("answered 2 HTTP requests");
  press("Run", cell(1));
  await end(1, { ...OK, practice: { simulated: 2 } });
  expect(live(1).textContent).toContain("The practice server was simulated");
  press("Run", cell(2));
  await end(2);
  expect(live(2).textContent).not.toContain("practice server");
  expect(practice.starts).toBe(1);
  await restart();
  press("Run", cell(1));
  await end(1);
  expect(practice.starts).toBe(2);
});

test("a cell that is stopped while the practice server comes does not run", async () => {
  let come = (): void => undefined;
  practice.there = new Promise((resolve) => (come = resolve));
  practice.starts = 0;
  await openPage(withServer(1));
  press("Run", cell(1));
  await vi.waitFor(() => expect(practice.starts).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 110));
  press("Stop", cell(1));
  come();
  await vi.waitFor(() => expect(state(1)).toBe("stopped"));
  expect(kernel().waiting).toEqual([]);
});
