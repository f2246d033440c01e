import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Answer, PracticeServer } from "../src/offline/practice";

/** The rules of the practice server, on a clock that the test moves. */
let server: PracticeServer;
beforeEach(() => {
  vi.useFakeTimers();
  server = new PracticeServer();
});
afterEach(() => void vi.useRealTimers());

const ask = (address: string): Answer => {
  const [path = "", query] = address.split("?");
  return server.answer(path, new URLSearchParams(query));
};
const isOver = async (answer: Answer): Promise<boolean> =>
  Promise.race([
    answer.over.then(() => true),
    Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => false),
  ]);

test("an answer comes after its delay, and not before", async () => {
  const answer = ask("practice/photo-7.jpg?delay=300");
  const text = answer.response.text();
  await vi.advanceTimersByTimeAsync(299);
  expect(await isOver(answer)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isOver(answer)).toBe(true);
  expect(await text).toBe("content of photo-7.jpg");
  expect(answer.response.headers.get("Practice-Server")).not.toBeNull();
});

test("a failure is 503", () => {
  expect(ask("practice/a?status=503").response.status).toBe(503);
  expect(ask("practice/a?status=200").response.status).toBe(200);
});

test("requests beyond the limit get 429 at once, until one is answered", async () => {
  const answers = [1, 2, 3].map(() => ask("practice/a?delay=100&limit=2&server=x"));
  expect(answers.map(({ response }) => response.status)).toEqual([200, 200, 429]);
  expect(answers[2]!.response.headers.get("Retry-After")).toBe("1");
  expect(await isOver(answers[2]!)).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(ask("practice/a?delay=100&limit=2&server=x").response.status).toBe(200);
});

test("each server counts its own requests", () => {
  ask("practice/a?delay=100&limit=1&server=x");
  expect(ask("practice/a?delay=100&limit=1&server=y").response.status).toBe(200);
  expect(ask("practice/a?delay=100&limit=1&server=x").response.status).toBe(429);
});

test("an aborted request frees its place", async () => {
  const answer = ask("practice/a?delay=30000&limit=1&server=x");
  expect(ask("practice/a?limit=1&server=x").response.status).toBe(429);
  await answer.response.body!.cancel();
  expect(await isOver(answer)).toBe(true);
  expect(ask("practice/a?delay=9&limit=1&server=x").response.status).toBe(200);
  // The timer of the aborted one must not free the place of the next.
  await vi.advanceTimersByTimeAsync(5);
  expect(ask("practice/a?limit=1&server=x").response.status).toBe(429);
  expect(vi.getTimerCount()).toBe(1);
});

test("a request that is given up by its number frees its place, once", async () => {
  const answer = ask("practice/a?delay=30000&limit=1&server=x&request=1");
  const text = answer.response.text();
  ask("practice/?cancel=2&server=x");
  ask("practice/?cancel=1&server=y");
  expect(ask("practice/a?limit=1&server=x&request=2").response.status).toBe(429);
  expect(ask("practice/?cancel=1&server=x").response.status).toBe(200);
  expect(await isOver(answer)).toBe(true);
  expect(await text).toBe("");
  expect(ask("practice/b?delay=9&limit=1&server=x&request=3").response.status).toBe(200);
  // Neither the timer of the first one nor a second word about it frees the place of the next.
  ask("practice/?cancel=1&server=x");
  await vi.advanceTimersByTimeAsync(5);
  expect(ask("practice/a?limit=1&server=x&request=4").response.status).toBe(429);
  expect(vi.getTimerCount()).toBe(1);
});

test("an aborted request whose end is also told frees one place", async () => {
  const answers = [1, 2].map((n) => ask(`practice/a?delay=30000&limit=2&server=x&request=${n}`));
  await answers[0]!.response.body!.cancel();
  ask("practice/?cancel=1&server=x");
  expect(ask("practice/a?delay=9&limit=2&server=x&request=3").response.status).toBe(200);
  expect(ask("practice/a?limit=2&server=x&request=4").response.status).toBe(429);
});

test("the address without a name says that the server is there", () => {
  expect(ask("practice/").response.status).toBe(200);
});

test.each([
  ["practice/a?delay=30001", "delay is a whole number of milliseconds, from 0 to 30000."],
  ["practice/a?delay=-1", "delay is a whole"],
  ["practice/a?delay=1.5", "delay is a whole"],
  ["practice/a?delay=1e3", "delay is a whole"],
  ["practice/a?delay=", "delay is a whole"],
  ["practice/a?status=404", "status is 200 or 503."],
  ["practice/a?limit=0", "limit is a whole number from 1 to 1000."],
  ["practice/a?limit=1001", "limit is a whole"],
  ["practice/a?server=A", "server has 1 to 32"],
  ["practice/a?request=x", "request is a whole number."],
  ["practice/a?fail=0.1", "fail is not known"],
  ["practice/a?delay=1&delay=2", "delay is there twice."],
  ["practice/a/b", "A name has 1 to 200 characters"],
  ["practice/a%2Fb", "A name has"],
  ["practice/%", "A name has"],
  [`practice/${"a".repeat(201)}`, "A name has"],
])("%s is refused with a sentence", async (address, sentence) => {
  const { response } = ask(address);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(sentence);
});

test("a name is shown as it was meant, as text", async () => {
  const { response } = ask("practice/%3Cb%3E%20%C3%A4?delay=0");
  const text = response.text();
  await vi.advanceTimersByTimeAsync(0);
  expect(await text).toBe("content of <b> ä");
  expect(response.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
});
