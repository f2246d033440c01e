import { expect, test } from "vitest";
import { RunQueue } from "../src/page/queue";

const cell = (number: number) => ({ number });

test("cells run one at a time, in the order they were asked for", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const [a, b] = [cell(1), cell(2)];
  queue.add(b);
  queue.add(a);
  expect(queue.next()).toBe(b);
  expect(queue.next()).toBeNull();
  queue.finish();
  expect(queue.next()).toBe(a);
});

test("a cell waits in the queue once, however often it is asked for", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const a = cell(1);
  expect([queue.add(a), queue.add(a)]).toEqual([true, false]);
  expect(queue.clear()).toEqual([a]);
});

test("a running cell may be asked for again", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const a = cell(1);
  queue.add(a);
  queue.next();
  expect(queue.add(a)).toBe(true);
  expect(queue.before(a)).toBe(1);
});

test("clearing returns what waited and leaves the running cell", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const [a, b, c] = [cell(1), cell(2), cell(3)];
  for (const each of [a, b, c]) queue.add(each);
  queue.next();
  expect(queue.clear()).toEqual([b, c]);
  expect(queue.running).toBe(a);
  expect(queue.next()).toBeNull();
});

test("a removed cell does not run", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const [a, b] = [cell(1), cell(2)];
  queue.add(a);
  queue.add(b);
  expect(queue.remove(a)).toBe(true);
  expect(queue.remove(a)).toBe(false);
  expect(queue.next()).toBe(b);
});

test("a cell that has to wait after all comes after those that run first, and each waits once", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const [a, b, c, d] = [cell(1), cell(2), cell(3), cell(4)];
  for (const each of [c, d, a]) queue.add(each);
  expect(queue.next()).toBe(c);
  queue.putBack([a, b]);
  const order = [];
  for (let next = queue.next(); next; next = queue.next()) {
    order.push(next);
    queue.finish();
  }
  expect(order).toEqual([a, b, c, d]);
});

test("what a cell needs is missing unless it has run, runs, or waits before it", () => {
  const queue = new RunQueue<ReturnType<typeof cell>>();
  const [a, b] = [cell(1), cell(2)];
  const needs = [1, 2, 3];
  expect(queue.missing(needs, new Set())).toEqual([1, 2, 3]);
  expect(queue.missing(needs, new Set([3]))).toEqual([1, 2]);
  queue.add(a);
  expect(queue.missing(needs, new Set([3]))).toEqual([2]);
  queue.next();
  queue.add(b);
  expect(queue.missing(needs, new Set([3]))).toEqual([]);
});
