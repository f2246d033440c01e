/**
 * The practice server: addresses that answer late, fail or refuse, for cells that want a real
 * server to wait for. Part of the service worker.
 *
 * `practice/photo-7.jpg?delay=300&status=503&limit=4&server=a1` answers 503 after 300 ms, and
 * 429 at once while four other requests to the server a1 wait for their answers. `practice/`
 * itself says that the server is there; `practice/?cancel=7&server=a1` gives up
 * the request that has `request=7` in its address. Delays and failures are decided by
 * book/practice/practice_server.py, which also does all of this without a service worker.
 */
import { PRACTICE } from "../shared/contract";

/** Milliseconds, as in addresses. */
const LONGEST_DELAY = PRACTICE.longest_delay_seconds * 1000;

interface Wish {
  delay: number;
  status: number;
  limit: number;
  server: string;
  /** Its number, or "". */
  request: string;
}

/** A response, and when its request is over: answered, refused, or aborted by the client. */
export interface Answer {
  response: Response;
  over: Promise<void>;
}

export class PracticeServer {
  /** How many requests wait for their answer, by server. */
  private readonly busy = new Map<string, number>();
  /** What gives up a request that waits, by server and number. */
  private readonly waiting = new Map<string, () => void>();

  /** Answer a request; `path` begins with `practice/`. */
  answer(path: string, query: URLSearchParams): Answer {
    const name = nameIn(path);
    if (name === "") {
      this.waiting.get(`${query.get("server")} ${query.get(PRACTICE.cancel_key)}`)?.();
      return atOnce(200, "The practice server is here.");
    }
    const wish =
      name === null ? `A name has 1 to ${PRACTICE.longest_name} characters, without a slash.` : read(query);
    if (typeof wish === "string") return atOnce(400, wish);
    const { delay, status, limit, server, request } = wish;
    const key = `${server} ${request}`;
    const busy = this.busy.get(server) ?? 0;
    if (busy >= limit) {
      return atOnce(429, `More than ${limit} requests at once.`, {
        "Retry-After": String(PRACTICE.retry_after_seconds),
      });
    }
    this.busy.set(server, busy + 1);
    let over!: () => void;
    const ended = new Promise<void>((resolve) => (over = resolve));
    const end = (): void => {
      const left = this.busy.get(server)! - 1;
      if (left > 0) this.busy.set(server, left);
      else this.busy.delete(server);
      this.waiting.delete(key);
      over();
    };
    let timer: ReturnType<typeof setTimeout>;
    // Not the response waits but its body: a service worker hears that a client has aborted a
    // request only by a body that is cancelled (`request.signal` stays silent in Chromium 150).
    // In Firefox 153 it hears of neither: there the client says so itself, by `waiting`.
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (request) {
          this.waiting.set(key, () => {
            clearTimeout(timer);
            controller.close();
            end();
          });
        }
        timer = setTimeout(() => {
          controller.enqueue(new TextEncoder().encode(`content of ${name}`));
          controller.close();
          end();
        }, delay);
      },
      cancel() {
        clearTimeout(timer);
        end();
      },
    });
    return { response: reply(status, body), over: ended };
  }
}

/** Return what a path asks for, "" for the server itself, or null. */
function nameIn(path: string): string | null {
  try {
    const name = decodeURIComponent(path.slice(PRACTICE.path.length));
    return name.includes("/") || name.length > PRACTICE.longest_name ? null : name;
  } catch {
    return null; // a stray %
  }
}

/** Return the wishes in an address, or what is wrong with them. */
function read(query: URLSearchParams): Wish | string {
  const wish: Wish = { delay: 0, status: 200, limit: PRACTICE.highest_limit, server: "", request: "" };
  const seen = new Set<string>();
  for (const [key, value] of query) {
    if (seen.has(key)) return `${key} is there twice.`;
    seen.add(key);
    const number = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
    if (key === "delay") {
      if (!(number <= LONGEST_DELAY))
        return `delay is a whole number of milliseconds, from 0 to ${LONGEST_DELAY}.`;
      wish.delay = number;
    } else if (key === "status") {
      if (number !== 200 && number !== 503) return "status is 200 or 503.";
      wish.status = number;
    } else if (key === "limit") {
      if (!(number >= 1 && number <= PRACTICE.highest_limit))
        return `limit is a whole number from 1 to ${PRACTICE.highest_limit}.`;
      wish.limit = number;
    } else if (key === "server") {
      if (!/^[0-9a-z]{1,32}$/.test(value)) return "server has 1 to 32 digits and small letters.";
      wish.server = value;
    } else if (key === PRACTICE.request_key) {
      if (!/^\d{1,15}$/.test(value)) return `${key} is a whole number.`;
      wish.request = value;
    } else {
      return `${key} is not known: there are delay, status, limit, server and ${PRACTICE.request_key}.`;
    }
  }
  return wish;
}

function atOnce(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { response: reply(status, text, headers), over: Promise.resolve() };
}

function reply(status: number, body: BodyInit, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-store",
      // By this practice_server.py knows that no host has answered.
      [PRACTICE.header]: "service worker",
      ...headers,
    },
  });
}
