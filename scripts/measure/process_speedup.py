# /// script
# requires-python = ">=3.11"
# ///
"""How much faster with 1, 2, 3 ... processes than in a loop?

Run it: python process_speedup.py
"""
import math
import os
import time
from concurrent.futures import ProcessPoolExecutor


# [work]
def count_primes(first):
    """Count the primes among 300 numbers: Python code only."""
    count = 0
    for number in range(first, first + 300):
        if all(number % d for d in range(2, math.isqrt(number) + 1)):
            count += 1
    return count
# [/work]


def best_of_five(run):
    """The fastest run is the one least disturbed by others."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def usable_cores():
    """Cores that this program may use."""
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count()  # Python 3.13 and newer
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # Linux
    return os.cpu_count()


def main():
    # [measure]
    parts = range(10_000_000, 10_007_200, 300)  # 24 parts
    alone = best_of_five(lambda: [count_primes(p) for p in parts])
    print(f"{usable_cores()} cores; in a loop {alone:.2f} s")
    print("workers   seconds   speed-up")
    for workers in 1, 2, 3, 4, 6, 8:
        with ProcessPoolExecutor(max_workers=workers) as pool:
            seconds = best_of_five(
                lambda: list(pool.map(count_primes, parts))
            )
        ratio = alone / seconds
        print(f"{workers:7}   {seconds:5.2f} s   {ratio:7.2f}x")
    # [/measure]


if __name__ == "__main__":
    main()
