# /// script
# requires-python = ">=3.11"
# ///
"""Which worker computes which item, with small and large chunks?

Run it: python chunks_when.py
"""
import os
import time
from concurrent.futures import ProcessPoolExecutor

# Items grow, as files of a folder sorted by size do.
ITEMS = [5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 25]


def compute(size):
    """Stands for work: spends `size` ms of CPU time."""
    start = time.perf_counter()  # one clock for all processes
    end = time.process_time() + size / 1000
    while time.process_time() < end:
        pass
    return os.getpid(), size, start, time.perf_counter()


# [chunks]
def spans(pool, chunksize):
    """Who computed what, from when to when (seconds)."""
    zero = time.perf_counter()
    jobs = list(pool.map(compute, ITEMS, chunksize=chunksize))
    return [
        (pid, size, start - zero, end - zero)
        for pid, size, start, end in jobs
    ]
# [/chunks]


def last_end(jobs):
    return max(end for *_, end in jobs)


def main():
    best = {}
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(time.sleep, [0.05, 0.05]))  # both have started
        for chunksize in 1, 6:
            # The fastest of four is least disturbed by others.
            runs = [spans(pool, chunksize) for _ in range(4)]
            best[chunksize] = min(runs, key=last_end)
    for chunksize, jobs in best.items():
        names = {}
        for pid, size, start, end in jobs:
            name = names.setdefault(pid, f"process {len(names) + 1}")
            print(f"chunksize={chunksize}, {name}, {size} units",
                  end=": ")
            print(f"{start:.3f} s to {end:.3f} s")


if __name__ == "__main__":
    main()
