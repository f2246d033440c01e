# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy"]
# ///
"""A process for each core, and in each as many BLAS threads as cores.

Run it: python threads_in_processes.py
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

SIZE, PRODUCTS = 160, 300


# [limit]
def multiply(_):
    """Multiply matrices with NumPy, which has threads of its own."""
    import numpy  # reads OMP_NUM_THREADS when it is imported

    matrix = numpy.full((SIZE, SIZE), 0.001)
    for _ in range(PRODUCTS):
        matrix = numpy.clip(matrix @ matrix, 0, 1)


def seconds(workers, threads):
    """The faster of two batches, all workers running before."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    spawn = get_context("spawn")  # a fresh Python reads it
    best = float("inf")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        for _ in range(3):
            start = time.perf_counter()
            list(pool.map(multiply, range(workers)))
            best = min(best, time.perf_counter() - start)
    return best
# [/limit]


def main():
    cores = getattr(os, "process_cpu_count", os.cpu_count)()
    workers = max(2, cores)
    print(f"{cores} cores, {workers} processes")
    for threads in workers, 1:
        elapsed = seconds(workers, threads)
        print(f"BLAS threads in each: {threads}, {elapsed:.3f} s")


if __name__ == "__main__":
    main()
