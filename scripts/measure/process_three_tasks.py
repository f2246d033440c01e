# /// script
# requires-python = ">=3.11"
# ///
"""Three kinds of computing: in a loop, two threads, two processes.

Run it: python process_three_tasks.py
"""
import hashlib
import math
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

WIDTH, HEIGHT = 800, 600
PHOTO = bytes(WIDTH * HEIGHT)


# [tasks]
def count_primes(first):
    """Python code that computes with numbers."""
    count = 0
    for number in range(first, first + 2_500):
        if all(number % d for d in range(2, math.isqrt(number) + 1)):
            count += 1
    return count


def shrink(photo):
    """Python code that goes through the pixels of a photo."""
    small = bytearray()
    for top in range(0, WIDTH * HEIGHT, 4 * WIDTH):
        rows = [
            PHOTO[top + i * WIDTH : top + (i + 1) * WIDTH]
            for i in range(4)
        ]
        for x in range(0, WIDTH, 4):
            total = sum(sum(row[x : x + 4]) for row in rows)
            small.append(total // 16)
    return len(small)


def hash_photo(photo):
    """C code that releases the GIL while it works."""
    for _ in range(60):
        digest = hashlib.sha256(PHOTO).hexdigest()
    return digest
# [/tasks]


def best_of_five(run):
    """The fastest run is the one least disturbed by others."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    print("              in a loop   2 threads   2 processes")
    for task in count_primes, shrink, hash_photo:
        items = [10_000_000, 10_002_500]
        times = [best_of_five(lambda: list(map(task, items)))]
        for executor in ThreadPoolExecutor, ProcessPoolExecutor:
            with executor(max_workers=2) as pool:
                times.append(
                    best_of_five(lambda: list(pool.map(task, items)))
                )
        loop, threads, processes = times
        print(f"{task.__name__:12}   {loop:7.3f} s", end="   ")
        print(f"{threads:7.3f} s   {processes:9.3f} s")


if __name__ == "__main__":
    main()
