# /// script
# requires-python = ">=3.11"
# ///
"""Read the CPU clock in each worker process too.

Run it: python diagnose_children_fixed.py
"""
import time
from concurrent.futures import ProcessPoolExecutor


# [measure]
def add_squares(count):
    cpu = time.process_time()
    total = sum(number * number for number in range(count))
    return total, time.process_time() - cpu


def main():
    wall, cpu = time.perf_counter(), time.process_time()
    with ProcessPoolExecutor(2) as pool:
        totals = list(pool.map(add_squares, [3_000_000] * 2))
    wall = time.perf_counter() - wall
    cpu = time.process_time() - cpu
    cpu += sum(used for total, used in totals)
    print(len(totals), "totals")
    print(f"{wall:.2f} s, CPU {cpu:.2f} s")
# [/measure]


if __name__ == "__main__":
    main()
