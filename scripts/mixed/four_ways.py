# /// script
# requires-python = ">=3.11"
# ///
"""Ten tasks four ways: first tasks that wait, then tasks that compute.

Run it: python four_ways.py
Keep what each task did and when: python four_ways.py --spans spans.json
"""
import argparse
import asyncio
import json
import math
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

TASKS = range(1, 11)
NUMBERS = range(10_000_001, 10_010_001, 2)


# [ways]
def one_after_another(work):
    return [work(task) for task in TASKS]


def threads(work):
    with ThreadPoolExecutor(max_workers=10) as pool:
        return list(pool.map(work, TASKS))


def processes(work):
    with ProcessPoolExecutor() as pool:  # one for each core
        return list(pool.map(work, TASKS))


def asyncio_tasks(work):
    async def main():
        start = ASYNC[work]  # the same work as a coroutine function
        return await asyncio.gather(*[start(task) for task in TASKS])

    return asyncio.run(main())
# [/ways]


# Work returns a result, and its spans: (state, start, end).
def wait(task):
    start = time.perf_counter()
    time.sleep(0.06)  # stands for waiting for a server
    return task, [("waiting", start, time.perf_counter())]


async def wait_async(task):
    start = time.perf_counter()
    await asyncio.sleep(0.06)
    return task, [("waiting", start, time.perf_counter())]


def is_prime(odd):
    return all(odd % d for d in range(3, math.isqrt(odd) + 1, 2))


def compute(task):
    primes, spans = 0, []
    start = now = time.perf_counter()
    used = time.thread_time()
    for number in NUMBERS:
        primes += is_prime(number)
        before, now = now, time.perf_counter()
        used_before, used = used, time.thread_time()
        # Time went by that this thread did not use: another's turn.
        if (now - before) - (used - used_before) > 0.002:
            spans.append(("running", start, before))
            spans.append(("waiting", before, now))
            start = now
    return primes, [*spans, ("running", start, now)]


async def compute_async(task):
    return compute(task)  # there is nothing to await


ASYNC = {wait: wait_async, compute: compute_async}


def run(way, work):
    """Results and seconds of one way, and the spans of its tasks."""
    zero = time.perf_counter()
    outcomes = way(work)
    seconds = time.perf_counter() - zero
    spans = [
        (task, state, round(start - zero, 4), round(end - zero, 4))
        for task, (_, parts) in zip(TASKS, outcomes)
        for state, start, end in parts
    ]
    return [result for result, _ in outcomes], seconds, spans


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", metavar="FILE", help="write JSON")
    options = parser.parse_args()
    kept = {}
    for work in wait, compute:
        print(f"ten tasks that {work.__name__}")
        runs = kept[work.__name__] = {}
        for way in one_after_another, threads, processes, asyncio_tasks:
            name = way.__name__.replace("_", " ")
            results, seconds, runs[name] = run(way, work)
            if way is one_after_another:
                expected, slow = results, seconds
            assert results == expected, f"{name} gave other results"
            print(f"  {name:18}{seconds:.2f} s{slow / seconds:6.1f}x")
    if options.spans:
        with open(options.spans, "w", encoding="utf-8") as file:
            json.dump(kept, file)


if __name__ == "__main__":
    main()
