# /// script
# requires-python = ">=3.11"
# ///
"""Compute with one thread and with two: how many cores are busy?

Run it: python compute_in_threads.py
"""
import hashlib
import math
import platform
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor

PHOTO = bytes(50_000_000)


# [work]
def count_primes(first):
    """Python code: the interpreter works all the time."""
    count = 0
    for number in range(first, first + 10_000):
        if all(number % d for d in range(2, math.isqrt(number) + 1)):
            count += 1
    return count


def hash_photo(times):
    """C code, which needs no interpreter while it works."""
    for _ in range(times):
        hashlib.sha256(PHOTO).digest()
# [/work]


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall = time.perf_counter() - wall
    return wall, (time.process_time() - cpu) / wall


def measure(label, run):
    # The fastest of three is the one least disturbed by others.
    seconds, cores = min(timed(run) for _ in range(3))
    print(f"{label}: {seconds:.2f} s, {cores:.1f} cores busy")


def main():
    free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    print("Python", platform.python_version(), end=", ")
    print("free-threaded build" if free else "standard build")
    for function, items in [
        (count_primes, [10_000_000, 10_010_000]),
        (hash_photo, [4, 4]),
    ]:
        name = function.__name__
        measure(
            f"{name} one after another",
            lambda: [function(item) for item in items],
        )
        with ThreadPoolExecutor(max_workers=2) as pool:
            measure(
                f"{name} with two threads",
                lambda: list(pool.map(function, items)),
            )


if __name__ == "__main__":
    main()
