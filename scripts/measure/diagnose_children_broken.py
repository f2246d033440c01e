# /// script
# requires-python = ">=3.11"
# ///
"""The CPU clock of a process does not count its worker processes.

Run it: python diagnose_children_broken.py
"""
import time
from concurrent.futures import ProcessPoolExecutor


# [measure]
def add_squares(count):
    return sum(number * number for number in range(count))


def main():
    wall, cpu = time.perf_counter(), time.process_time()
    with ProcessPoolExecutor(2) as pool:
        totals = list(pool.map(add_squares, [3_000_000] * 2))
    wall = time.perf_counter() - wall
    cpu = time.process_time() - cpu
    print(len(totals), "totals")
    print(f"{wall:.2f} s, CPU {cpu:.2f} s")
# [/measure]


if __name__ == "__main__":
    main()
