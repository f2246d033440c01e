// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { fingerprint } from "../src/page/edits";
import { linkTo } from "../src/page/share";
import {
  cell,
  cellHtml,
  editors,
  end,
  findButton,
  kernels,
  live,
  openPage,
  press,
  state,
} from "./runner-page";

const PUBLISHED = "source 1";

/** Open a page by a link that brings code for its first cell. */
async function openLink(source: string): Promise<void> {
  const link = await linkTo({ number: 1, source }, fingerprint(PUBLISHED));
  history.replaceState(null, "", new URL(link!).hash);
  await openPage(cellHtml(1), cellHtml(2, "1"));
  await vi.waitFor(() => expect(editors[0]?.text).toBe(source), 5000);
  await vi.waitFor(() => expect(findButton("Run the code from the link", cell(1))).toBeDefined());
}

beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined; // jsdom has none
  return () => history.replaceState(null, "", "/");
});

test("code from a link is shown and does not run before the reader agrees", async () => {
  await openLink("theirs");
  expect(live(1).textContent).toContain("This code came with the link that you opened");
  press("Run", cell(1));
  await vi.waitFor(() => expect(live(1).textContent).toContain("it is not the guide's. Run it?"));
  expect([state(1), kernels.flatMap(({ waiting }) => waiting)]).toEqual(["idle", []]);
  press("Run the code from the link", cell(1));
  await vi.waitFor(() => expect(kernels.at(-1)?.waiting[0]?.request.code).toBe("theirs"));
  expect(location.hash).toBe("#cell-1");
  await end(1);
});

test("code from a link is not stored before the reader agrees, and their own edit stays", async () => {
  const key = "overlap:/index.html#1";
  await openLink("theirs");
  expect(localStorage.getItem(key)).toBeNull();
  localStorage.setItem(key, JSON.stringify({ source: "mine", published: fingerprint(PUBLISHED) }));
  editors[0]!.change("theirs, edited");
  editors[0]!.change(PUBLISHED);
  editors[0]!.change("theirs");
  expect(localStorage.getItem(key)).toContain("mine");
  press("Run the code from the link", cell(1));
  expect(localStorage.getItem(key)).toContain("theirs");
});

test("Run all asks first when a cell holds such code, and then runs all", async () => {
  await openLink("theirs");
  press("Run all");
  await vi.waitFor(() => expect(live(1).textContent).toContain("Run it?"));
  expect([state(1), state(2)]).toEqual(["idle", "idle"]);
  press("Run the code from the link", cell(1));
  await end(1);
  await end(2);
});

test("the published code comes back when the reader wants that", async () => {
  await openLink("theirs");
  press("Use the published code", cell(1));
  expect(location.hash).toBe("#cell-1");
  press("Run", cell(1));
  await vi.waitFor(() => expect(kernels.at(-1)?.waiting[0]?.request.code).toBe(PUBLISHED));
});
