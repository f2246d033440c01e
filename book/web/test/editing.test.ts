// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import {
  cell,
  cellHtml,
  editors,
  end,
  fakes,
  findButton,
  kernel,
  live,
  openPage,
  press,
} from "./runner-page";

const KEY = "overlap:/index.html#1";
const EDIT = JSON.stringify({ source: "mine", published: "other" });

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

test("Edit opens the details that hide the code", async () => {
  await openPage(cellHtml(1));
  press("Edit", cell(1));
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  expect(cell(1).querySelector("details")?.open).toBe(true);
});

test("a slow editor is announced, and the announcement goes when it opens", async () => {
  let arrive!: (value?: unknown) => void;
  fakes.editorArrives = new Promise((resolve) => (arrive = resolve));
  await openPage(cellHtml(1));
  press("Edit", cell(1));
  await vi.waitFor(() => expect(live(1).textContent).toBe("Loading the editor."));
  expect(live(1).hidden).toBe(false);
  arrive();
  await vi.waitFor(() => expect(editors).toHaveLength(1));
  expect(live(1).textContent).toBe("");
  expect(live(1).hidden).toBe(true);
});
