# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy"]
# ///
"""Brighten a photo: a loop, two processes, one NumPy expression.

Run it: python vectorized.py (needs numpy), or uv run vectorized.py
"""
import time
from concurrent.futures import ProcessPoolExecutor

import numpy

PIXELS = bytes(range(256)) * 8_000


# [brighten]
def with_a_loop(pixels):
    return bytes([min(255, pixel + 40) for pixel in pixels])


def with_two_processes(pixels, pool):
    half = len(pixels) // 2
    halves = [pixels[:half], pixels[half:]]
    return b"".join(pool.map(with_a_loop, halves))


def with_numpy(pixels):
    photo = numpy.frombuffer(pixels, dtype=numpy.uint8)
    return (numpy.minimum(photo, 215) + 40).tobytes()
# [/brighten]


def best(function, *arguments):
    """Seconds of the fastest of three runs, and the result."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def main():
    seconds, expected = best(with_a_loop, PIXELS)
    print(f"loop:          {seconds:.4f} s")
    with ProcessPoolExecutor(max_workers=2) as pool:
        seconds, result = best(with_two_processes, PIXELS, pool)
    print(f"two processes: {seconds:.4f} s, same: {result == expected}")
    seconds, result = best(with_numpy, PIXELS)
    print(f"NumPy:         {seconds:.4f} s, same: {result == expected}")


if __name__ == "__main__":
    main()
