# /// script
# requires-python = ">=3.14"
# ///
"""Let two sub-interpreters fill one picture, and copy none of it.

Run it: python share_a_buffer.py
"""
import time
from concurrent.futures import InterpreterPoolExecutor

MB = 1_000_000


# [share]
def fill(part, level):
    part[:] = bytes([level]) * len(part)


def fill_both_halves(picture):
    whole = memoryview(picture)  # shows the bytes, copies nothing
    half = len(whole) // 2
    with InterpreterPoolExecutor(max_workers=2) as pool:
        jobs = [
            pool.submit(fill, whole[:half], 1),
            pool.submit(fill, whole[half:], 2),
        ]
    for job in jobs:
        job.result()
# [/share]


def size(part):
    return len(part)


def fastest(pool, thing):
    """Milliseconds of the fastest of twenty calls with `thing`."""
    runs = []
    for _ in range(20):
        start = time.perf_counter()
        pool.submit(size, thing).result()
        runs.append(time.perf_counter() - start)
    return min(runs) * 1000


def main():
    picture = bytearray(8)
    fill_both_halves(picture)
    print("the caller's picture:", list(picture))

    pixels = bytearray(10 * MB)
    with InterpreterPoolExecutor(max_workers=1) as pool:
        copied = fastest(pool, pixels)
        shared = fastest(pool, memoryview(pixels))
    print(f"10 MB as a bytearray:  {copied:8.2f} ms for each call")
    print(f"10 MB as a memoryview: {shared:8.2f} ms for each call")


if __name__ == "__main__":
    main()
