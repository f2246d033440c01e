/**
 * Decides when Python is downloaded and started before the reader presses Run.
 *
 * - Never because a page was opened: a page may open with a cell on its first screen, or
 *   where the reader left it. A page that is only looked at costs nothing.
 * - On intent: the pointer moves over a cell (a page that scrolls under a resting pointer is
 *   no intent), the keyboard focus reaches a button in one, a finger taps it or touches its bar
 *   (a touch on the code may only be scrolling).
 * - On a cell scrolled to: the reader has scrolled by hand, and then the bar with the Run
 *   button has stayed in the middle of the window for a second. Not where each byte may
 *   cost: there a touch or a click decides.
 * - For a reader who has this version's files already, when the page is idle and visible.
 *   A tab in the background waits until it is looked at.
 * - With Save-Data only on a click.
 */
const DWELL = 1000;
const MIDDLE = "-15% 0px";

interface Connection {
  saveData?: boolean;
  type?: string;
  effectiveType?: string;
}

const connection = (): Connection => (navigator as Navigator & { connection?: Connection }).connection ?? {};

/** Return whether the reader, or the browser, asks for as few bytes as possible. */
export function savesData(): boolean {
  return Boolean(connection().saveData);
}

function metered(): boolean {
  const { type, effectiveType } = connection();
  return savesData() || type === "cellular" || /[23]g$/.test(effectiveType ?? "");
}

/** Call `start` once a cell that the reader has scrolled to stays in view. `bars` hold the Run buttons. */
export function whenScrolledTo(bars: readonly Element[], start: () => void): void {
  if (metered()) return;
  const gone = new AbortController();
  const by = { passive: true, once: true, signal: gone.signal };
  const watch = (): void => {
    gone.abort();
    const timers = new Map<Element, ReturnType<typeof setTimeout>>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          clearTimeout(timers.get(target));
          if (isIntersecting) timers.set(target, setTimeout(stayed, DWELL));
        }
      },
      { rootMargin: MIDDLE },
    );
    const stayed = (): void => {
      if (document.hidden) return;
      observer.disconnect();
      for (const timer of timers.values()) clearTimeout(timer);
      start();
    };
    for (const bar of bars) observer.observe(bar);
  };
  // A browser scrolls too, to an anchor or to where the reader was: that comes without these.
  for (const hand of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(hand, () => addEventListener("scroll", watch, by), by);
  }
}

/** Call `start` when the page is visible and has nothing else to do. */
export function whenIdle(start: () => void): void {
  if (savesData()) return;
  if (document.hidden) {
    document.addEventListener("visibilitychange", () => whenIdle(start), { once: true });
    return;
  }
  // newer: Safari has none, so there we only wait
  const idle = globalThis.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 500));
  const later = (): void => void idle(() => (document.hidden ? whenIdle(start) : start()));
  if (document.readyState === "complete") later();
  else addEventListener("load", later, { once: true });
}
