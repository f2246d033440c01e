import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Interrupt } from "../src/worker/interrupt";

describe("an interrupt", () => {
  let now = 0;
  let revoked = false;
  const asked: string[] = [];
  const make = (): Interrupt =>
    new Interrupt(
      (url) => {
        asked.push(url);
        return revoked;
      },
      () => now,
    );

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    revoked = false;
    asked.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it("asks the page only after 100 ms without giving way, and every 100 ms", () => {
    const interrupt = make();
    interrupt.arm("blob:1");
    asked.length = 0;
    for (now = 0; now <= 250; now += 10) expect(interrupt[0]).toBe(0);
    expect(asked).toEqual(["blob:1", "blob:1"]);
  });

  it("asks nothing when Python gives way in between", () => {
    const interrupt = make();
    interrupt.arm("blob:1");
    asked.length = 0;
    for (now = 0; now < 1000; now += 50) {
      expect(interrupt[0]).toBe(0);
      vi.advanceTimersByTime(1);
    }
    expect(asked).toEqual([]);
  });

  it("is SIGINT every 10 ms from when the page has revoked the URL, until it is heard", () => {
    const interrupt = make();
    interrupt.arm("blob:1");
    expect(interrupt[0]).toBe(0);
    revoked = true;
    now = 100;
    expect(interrupt[0]).toBe(2);
    expect(interrupt[0]).toBe(0);
    expect(interrupt.fired).toBe(false);
    now = 110;
    expect(interrupt[0]).toBe(2);
    interrupt.heard();
    now = 400;
    expect(interrupt[0]).toBe(0);
    expect(interrupt.fired).toBe(true);
  });

  it("does nothing where a worker may not read the page's URLs", () => {
    revoked = true;
    const interrupt = make();
    interrupt.arm("blob:1");
    for (now = 0; now <= 250; now += 10) expect(interrupt[0]).toBe(0);
    expect(interrupt.fired).toBe(false);
  });

  it("leaves alone what has ended, and the next run", () => {
    const interrupt = make();
    interrupt.arm("blob:1");
    expect(interrupt[0]).toBe(0);
    interrupt.disarm();
    revoked = true;
    now = 500;
    expect(interrupt[0]).toBe(0);
    revoked = false;
    interrupt.arm("blob:2");
    now = 1000;
    expect(interrupt[0]).toBe(0);
    expect(interrupt.fired).toBe(false);
  });
});
