/**
 * Outputs on their way to the page. A cell can print faster than a page can draw, so posts
 * are limited: a short burst goes out at once, then one post per interval. What waits is
 * bounded: text by the limit of its run, updates of a display replace each other, and
 * clearing drops what was not sent yet.
 */
import type { Output } from "../shared/protocol";

const BURST = 200;
const INTERVAL = 25;
/** A post costs one token, and one more for each of these many characters. */
const CHARS_PER_TOKEN = 10_000;
export const MAX_DISPLAYS = 200;
export const MAX_DISPLAY_CHARS = 10_000_000;

/** Takes the place of the first display over the limit. */
const DISPLAYS_STOP = {
  "text/plain":
    `Displays stop here: a cell shows at most ${MAX_DISPLAYS} of them and ` +
    `${MAX_DISPLAY_CHARS / 1e6} MB.`,
};

export class Outbox {
  private waiting: Output[] = [];
  private tokens = BURST;
  private refilled = 0;
  private scheduled = false;
  private displays = new Map<number, { count: number; chars: number; refused: boolean }>();
  private fullRuns = new Set<number>();

  constructor(
    private readonly post: (items: Output[]) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly later: (callback: () => void) => void = (callback) => {
      setTimeout(callback, INTERVAL);
    },
  ) {}

  push(item: Output): void {
    if (item.type === "display" && !this.admit(item)) return;
    if (item.type === "clear") this.drop(item.run, item.wait);
    this.merge(item);
    // A cell that prints or displays without end may never give way again.
    if (this.atLimit(item)) this.flush();
    // A whole line goes out now, in case the cell computes for long without giving way.
    if (item.type !== "stream" || item.text.includes("\n")) this.trySend();
    if (this.waiting.length > 0 && !this.scheduled) {
      this.scheduled = true;
      this.later(() => this.tick());
    }
  }

  /** Return whether this item says, for the first time in its run, that no more is shown. */
  private atLimit(item: Output): boolean {
    if (item.type === "display") return item.data === DISPLAYS_STOP;
    if (item.type !== "full" || this.fullRuns.has(item.run)) return false;
    this.fullRuns.add(item.run);
    return true;
  }

  private tick(): void {
    this.trySend();
    this.scheduled = this.waiting.length > 0;
    if (this.scheduled) this.later(() => this.tick());
  }

  /** Send everything that waits. */
  flush(): void {
    if (this.waiting.length === 0) return;
    const items = this.waiting;
    this.waiting = [];
    this.post(items);
  }

  private trySend(): void {
    const now = this.now();
    const refill = Math.floor((now - this.refilled) / INTERVAL);
    if (refill > 0) {
      this.tokens = Math.min(BURST, this.tokens + refill);
      this.refilled = now;
    }
    if (this.tokens <= 0) return;
    this.tokens -= 1 + Math.floor(this.waiting.reduce((sum, i) => sum + size(i), 0) / CHARS_PER_TOKEN);
    this.flush();
  }

  private merge(item: Output): void {
    const last = this.waiting.at(-1);
    if (
      item.type === "stream" &&
      last?.type === "stream" &&
      last.run === item.run &&
      last.name === item.name
    ) {
      last.text += item.text;
      return;
    }
    if (item.type === "display" && item.update) {
      const older = this.waiting.find(
        (other) => other.type === "display" && other.displayId === item.displayId,
      );
      if (older?.type === "display") {
        older.data = item.data;
        older.metadata = item.metadata;
        return;
      }
    }
    this.waiting.push(item);
  }

  private drop(run: number, wait: boolean): void {
    this.displays.delete(run);
    // With wait, what is on the page stays until the next output: only older clears may go.
    this.waiting = this.waiting.filter(
      (item) => item.run !== run || item.type === "full" || (wait && item.type !== "clear"),
    );
  }

  /** Return whether this display still fits; the first that does not is replaced by a sentence. */
  private admit(item: Output & { type: "display" }): boolean {
    const spent = this.displays.get(item.run) ?? { count: 0, chars: 0, refused: false };
    this.displays.set(item.run, spent);
    const chars = size(item);
    if (item.update && chars <= MAX_DISPLAY_CHARS) return true;
    if (spent.count < MAX_DISPLAYS && spent.chars + chars <= MAX_DISPLAY_CHARS) {
      spent.count += 1;
      spent.chars += chars;
      return true;
    }
    if (spent.refused) return false;
    spent.refused = true;
    item.data = DISPLAYS_STOP;
    item.metadata = {};
    return true;
  }
}

function size(item: Output): number {
  if (item.type === "stream") return item.text.length;
  if (item.type !== "display") return 0;
  return Object.values(item.data).reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? value.length : 0),
    0,
  );
}
