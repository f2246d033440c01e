# /// script
# requires-python = ">=3.11"
# ///
"""The same work in one, two and four threads, four kinds of work.

Run it: python gil_scaling.py
"""
import hashlib
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

PHOTO = bytes(30_000_000)
TALLY = {"sold": 0}


# [work]
def count_primes(part):
    """Python code, data of its own."""
    first = 2_000_000 + 3000 * part
    return sum(
        all(number % d for d in range(2, math.isqrt(number) + 1))
        for number in range(first, first + 3000)
    )


def hash_photo(part):
    """C code that releases the GIL."""
    return hashlib.sha256(PHOTO).hexdigest()


def fill_own_dict(part):
    """Python code that writes to a dict of its own."""
    tally = {"sold": 0}
    for number in range(450_000):
        tally["sold"] = number


def fill_one_dict(part):
    """Python code that writes to one dict from all threads."""
    for number in range(450_000):
        TALLY["sold"] = number
# [/work]


def seconds(work, threads):
    """The faster of two runs of eight parts of the work."""
    best = math.inf
    for _ in range(2):
        with ThreadPoolExecutor(max_workers=threads) as pool:
            start = time.perf_counter()
            list(pool.map(work, range(8)))
            best = min(best, time.perf_counter() - start)
    return best


def main():
    cores = getattr(os, "process_cpu_count", os.cpu_count)()
    print(f"{cores} cores")
    for work in count_primes, hash_photo, fill_own_dict, fill_one_dict:
        alone = seconds(work, 1)
        print(f"{work.__name__}, 1 thread: {alone:.3f} s")
        for threads in 2, 4:
            times = alone / seconds(work, threads)
            print(f"  {threads} threads: {times:.2f}x as fast")


if __name__ == "__main__":
    main()
