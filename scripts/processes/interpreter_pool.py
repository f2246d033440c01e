# /// script
# requires-python = ">=3.14"
# ///
"""Compute in a loop, threads, processes and sub-interpreters.

Run it: python interpreter_pool.py
"""
import math
import os
import time
from concurrent.futures import (
    InterpreterPoolExecutor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)

# [interpreters]
counted = []


def count_primes(first):
    count = 0
    for number in range(first, first + 5_000):
        if all(number % d for d in range(2, math.isqrt(number) + 1)):
            count += 1
    counted.append(first)  # a list of whose?
    return os.getpid()


def pool_of_two(executor, items):
    with executor(max_workers=2) as pool:
        return timed(lambda: list(pool.map(count_primes, items)))
# [/interpreters]


def timed(run):
    """Seconds of the fastest run, and what it returned."""
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        result = run()
        runs.append((time.perf_counter() - start, result))
    return min(runs)


def main():
    items = [10_000_000, 10_005_000]
    seconds, _ = timed(lambda: [count_primes(n) for n in items])
    print(f"in a loop: {seconds:.3f} s")
    for executor in (
        ThreadPoolExecutor,
        InterpreterPoolExecutor,
        ProcessPoolExecutor,
    ):
        counted.clear()
        seconds, pids = pool_of_two(executor, items)
        process = "this" if set(pids) == {os.getpid()} else "others"
        print(f"{executor.__name__}(2): {seconds:.3f} s", end=", ")
        print(f"process: {process}, in my list: {len(counted)}")


if __name__ == "__main__":
    main()
