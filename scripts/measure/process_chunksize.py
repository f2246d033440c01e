# /// script
# requires-python = ">=3.11"
# ///
"""When does a pool lose, and what does chunksize change?

Run it: python process_chunksize.py
"""
import math
import time
from concurrent.futures import ProcessPoolExecutor


def best_of_three(run):
    """Milliseconds of the fastest run, the least disturbed one."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


# [measure]
def tiny(number):
    """Far less than a microsecond of computing."""
    return number % 7


def small(number):
    """Some 20 microseconds of computing."""
    return sum(math.sqrt(n) for n in range(number, number + 300))


def main():
    numbers = range(3_000)
    print("3,000 tasks           tiny        small")
    times = [
        best_of_three(lambda: list(map(task, numbers)))
        for task in (tiny, small)
    ]
    print("in a loop      {:7.1f} ms   {:7.1f} ms".format(*times))
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(tiny, range(10)))  # start the workers first
        for size in 1, 10, 100, 1000:
            times = [
                best_of_three(
                    lambda: list(
                        pool.map(task, numbers, chunksize=size)
                    )
                )
                for task in (tiny, small)
            ]
            print(f"chunksize={size:<5}", end="")
            print("{:7.1f} ms   {:7.1f} ms".format(*times))
# [/measure]


if __name__ == "__main__":
    main()
