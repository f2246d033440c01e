// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenIdle, whenScrolledTo } from "../src/page/warm";

let see: (visible: boolean) => void;
class FakeObserver {
  constructor(callback: (entries: unknown[]) => void) {
    see = (isIntersecting) => callback([{ target: bar, isIntersecting }]);
  }
  observe() {}
  disconnect() {}
}
const bar = document.createElement("div");
const start = vi.fn();
const idle = vi.fn((act: () => void) => act());

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("IntersectionObserver", FakeObserver);
  vi.stubGlobal("requestIdleCallback", idle);
  see = () => undefined;
  start.mockClear();
  idle.mockClear();
  connect({});
  hide(false);
});
afterEach(() => {
  scrollByHand(); // no listener is left for the next test
  vi.useRealTimers();
});

function connect(connection: object): void {
  Object.defineProperty(navigator, "connection", { value: connection, configurable: true });
}
function hide(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
}
function scrollByHand(): void {
  dispatchEvent(new Event("wheel"));
  dispatchEvent(new Event("scroll"));
}

test("a cell that the reader scrolled to starts Python once it has stayed in view", () => {
  whenScrolledTo([bar], start);
  scrollByHand();
  see(true);
  vi.advanceTimersByTime(999);
  expect(start).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(start).toHaveBeenCalledOnce();
});

test("a cell that scrolls past does not", () => {
  whenScrolledTo([bar], start);
  scrollByHand();
  see(true);
  vi.advanceTimersByTime(500);
  see(false);
  vi.advanceTimersByTime(5000);
  expect(start).not.toHaveBeenCalled();
});

test("what the browser scrolls to by itself does not count", () => {
  whenScrolledTo([bar], start);
  dispatchEvent(new Event("scroll"));
  see(true);
  vi.advanceTimersByTime(5000);
  expect(start).not.toHaveBeenCalled();
});

test.each([{ saveData: true }, { type: "cellular" }, { effectiveType: "3g" }])(
  "scrolling downloads nothing where bytes are dear: %j",
  (connection) => {
    connect(connection);
    whenScrolledTo([bar], start);
    scrollByHand();
    see(true);
    vi.advanceTimersByTime(5000);
    expect(start).not.toHaveBeenCalled();
  },
);

test("a page in the background starts Python when it is looked at", () => {
  hide(true);
  whenIdle(start);
  expect(idle).not.toHaveBeenCalled();
  hide(false);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(start).toHaveBeenCalledOnce();
});

test("Save-Data starts nothing by itself", () => {
  connect({ saveData: true });
  whenIdle(start);
  expect(start).not.toHaveBeenCalled();
});
