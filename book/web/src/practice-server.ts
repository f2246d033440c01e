/**
 * The practice server: addresses that answer late, fail or refuse, for cells that want a real
 * server to wait for. `fake/delay/300/photo-7.jpg?jitter=50&fail=0.1&limit=4` answers after
 * 300 ms, give or take 50; one request in ten gets 503; of more than four at a time, the fifth
 * gets 429 with Retry-After. book/trace/overlap_server.py has the same rules in Python.
 */
const ADDRESS = /^fake\/delay\/(\d{1,5})\/([^/]+)$/;

/** Seconds that a refused client is asked to wait. */
const RETRY_AFTER = 1;

/** Requests that are being answered, by their limit: each limit is a server of its own. */
const busy = new Map<string, number>();

export function isPractice(path: string): boolean {
  return ADDRESS.test(path);
}

export async function answerPractice(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, delay = "0", name = ""] = /\/fake\/delay\/(\d+)\/([^/]+)$/.exec(pathname) ?? [];
  const number = (key: string): number => Number(searchParams.get(key) ?? 0) || 0;
  const limit = searchParams.get("limit");
  const now = (limit && busy.get(limit)) || 0;
  if (limit && now >= Number(limit)) {
    return reply(429, `${name}: too many requests at a time`, { "Retry-After": String(RETRY_AFTER) });
  }
  if (limit) busy.set(limit, now + 1);
  try {
    const jitter = (2 * Math.random() - 1) * number("jitter");
    await new Promise((resume) => setTimeout(resume, Math.max(0, Number(delay) + jitter)));
  } finally {
    if (limit) busy.set(limit, (busy.get(limit) ?? 1) - 1);
  }
  if (Math.random() < number("fail")) return reply(503, `${name}: the server is out of order`);
  return reply(200, `content of ${decodeURIComponent(name)}`);
}

function reply(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers } });
}
