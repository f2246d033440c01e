/**
 * Interrupts Python while it computes, on a host that isolates nothing.
 *
 * No message reaches a worker that computes, and shared memory is for isolated pages only. One
 * thing gets through: a blob URL of the page. A synchronous request for it succeeds until the
 * page revokes it, and the page revokes it when the reader presses Stop.
 *
 * Python asks for `interrupt[0]` every 50 backward jumps or so and, if that is SIGINT, calls the
 * handler (`on_interrupt` in interrupts.py) where it stands (`setInterruptBuffer`).
 */
const SIGINT = 2;

/** Python computes this long (ms) without giving way before the page is asked, and asked again. */
const BUSY = 100;

/** So long (ms) after an interrupt that came where it was not heard, there is another: the handler needs some time. */
const AGAIN = 10;

export class Interrupt {
  /** The present run was interrupted. */
  fired = false;
  private url: string | null = null;
  /** This worker can read the page's URLs; a policy may forbid it. */
  private canRead: boolean | null = null;
  /** The times when Python began to compute without giving way, and when the page was last asked. */
  private since: number | null = null;
  private asked = 0;
  private isWanted = false;

  constructor(
    private readonly isRevoked: (url: string) => boolean = cannotBeRead,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Begin a run; the page revokes `url` to stop it. */
  arm(url: string): void {
    this.canRead ??= !this.isRevoked(url);
    this.url = this.canRead ? url : null;
    this.fired = this.isWanted = false;
  }

  /** Ask no longer: the run has ended, or has heard of Stop in another way. */
  disarm(): void {
    this.url = null;
  }

  /** Return whether the reader wants the computing to end; again after a while, until it has been heard. */
  due(): boolean {
    if (this.url === null) return false;
    const now = this.now();
    if (this.since === null) {
      this.since = this.asked = now;
      // Runs as soon as Python gives way, if it does.
      setTimeout(() => (this.since = null));
      return false;
    }
    if (now - this.asked < (this.isWanted ? AGAIN : BUSY)) return false;
    this.asked = now;
    this.isWanted ||= this.isRevoked(this.url);
    return this.isWanted;
  }

  /** KeyboardInterrupt is raised now. */
  heard(): void {
    this.disarm();
    this.fired = true;
  }

  get 0(): number {
    return this.due() ? SIGINT : 0;
  }

  /** Python resets the signal it has read. */
  set 0(_: number) {}
}

function cannotBeRead(url: string): boolean {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  try {
    request.send();
  } catch {
    return true; // revoked, or not allowed
  }
  return false;
}
