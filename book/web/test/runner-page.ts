/** A page with the whole runner, and a kernel and an editor that do what the test says. For the tests. */
import { beforeEach, expect, vi } from "vitest";
import type { EditorOptions } from "../src/page/editor";
import type { KernelHandlers } from "../src/page/kernel";
import type { Needs, RunRequest, RunResult } from "../src/shared/protocol";

export const kernels: FakeKernel[] = [];
export const NOTHING: Needs = { cells: [], names: {} };

/** What the fakes do; as here before each test. */
const USUAL = {
  starts: true,
  needsOf: (_sources: string[]): Needs => NOTHING,
  editorArrives: Promise.resolve() as Promise<unknown>,
};
export const fakes = { ...USUAL };

export const practice = { starts: 0, there: Promise.resolve() };
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
    if (!fakes.starts) throw new Error("no network");
    this.ready = true;
  }
  run(request: RunRequest) {
    return new Promise<RunResult>((resolve) => this.waiting.push({ request, resolve }));
  }
  async needs(sources: string[]) {
    return fakes.needsOf(sources);
  }
  cancel() {
    return new Promise<boolean>(() => undefined); // the cell does not listen
  }
  terminate() {}
}

export const editors: (EditorOptions & { text: string })[] = [];
const loadEditor = async () => {
  await fakes.editorArrives;
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

export const OK: RunResult = {
  ok: true,
  ms: 5,
  error: null,
  held: 0,
  full: false,
  leftOut: 0,
  stopped: false,
  interrupted: false,
  practice: {},
  left: { run: 1, count: 0, names: [], failed: 0 },
};

export function cellHtml(number: number, needs = "", uses = ""): string {
  return (
    `<div class="cell" data-runs="browser" data-state="idle" data-cell="${number}" data-needs="${needs}" data-uses="${uses}" id="cell-${number}">` +
    '<div class="cell-bar"><span class="cell-controls"></span></div>' +
    '<details><summary>Solution</summary><div class="cell_input"><pre>code</pre></div></details>' +
    `<script type="application/json" data-source>"source ${number}"</script>` +
    '<div data-output="live" aria-live="polite" hidden></div></div>'
  );
}

export async function openPage(...cells: string[]): Promise<void> {
  vi.resetModules();
  vi.doMock("../src/page/editor", loadEditor);
  vi.doMock("../src/page/kernel", () => ({ Kernel: FakeKernel, missingSupport: () => null }));
  vi.doMock("../src/offline/registration", () => ({
    startPracticeServer: (isNew: boolean) => {
      practice.starts += Number(isNew);
      return practice.there;
    },
  }));
  kernels.length = editors.length = 0;
  document.body.innerHTML = cells.join("");
  await import("../src/page/runner");
}

export const cell = (number: number) => document.querySelector(`[data-cell="${number}"]`) as HTMLElement;
export const state = (number: number) => cell(number).dataset.state;
export const live = (number: number) => cell(number).querySelector<HTMLElement>('[data-output="live"]')!;
export const label = (number: number) => live(number).querySelector(".output-label")?.textContent;
export const status = () => document.querySelector(".runner-status")?.textContent;
export const kernel = () => kernels.at(-1)!;

export function findButton(name: string, root: ParentNode = document): HTMLButtonElement | undefined {
  return [...root.querySelectorAll("button")].find((b) => b.textContent === name && !b.hidden);
}
export function press(name: string, root: ParentNode = document): void {
  const found = findButton(name, root);
  if (!found) throw new Error(`There is no button ${name}`);
  found.click();
}
export async function running(number: number): Promise<void> {
  await vi.waitFor(() => expect(state(number)).toBe("running"), 5000); // the first one loads the runner
}
export async function restart(): Promise<void> {
  const before = kernels.length;
  press("Restart");
  await vi.waitFor(() => expect(kernels.length).toBeGreaterThan(before));
}
/** End the run that is under way. */
export async function end(number: number, result: RunResult = OK): Promise<void> {
  await running(number);
  kernel().waiting.shift()?.resolve(result);
  await vi.waitFor(() => expect(state(number)).not.toBe("running"));
}
/** The cell under way prints something. */
export function print(number: number, run: number): void {
  kernel().handlers.output([{ type: "stream", run, name: "stdout", text: `from ${number}\n` }]);
}

beforeEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  Object.assign(fakes, USUAL);
});
