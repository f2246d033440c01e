# /// script
# requires-python = ">=3.11"
# ///
"""The same requests on one event loop, and on two loops in two threads.

Each request waits a little and computes a little, in Python code.

Run it: python loop_per_thread.py
"""

import asyncio
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

REQUESTS = 120


# [loops]
async def handle(number):
    """Wait for a database, then render a page."""
    await asyncio.sleep(0.005)
    return sum(math.isqrt(n) for n in range(20_000))


async def serve(requests):
    async with asyncio.TaskGroup() as group:
        for number in range(requests):
            group.create_task(handle(number))


def seconds(loops):
    """Share the requests among so many loops, a thread for each."""
    share = REQUESTS // loops
    with ThreadPoolExecutor(loops) as pool:
        start = time.perf_counter()
        parts = [serve(share) for _ in range(loops)]
        list(pool.map(asyncio.run, parts))
        return time.perf_counter() - start
# [/loops]


def main():
    cores = getattr(os, "process_cpu_count", os.cpu_count)()
    one = min(seconds(1) for _ in range(3))
    two = min(seconds(2) for _ in range(3))
    print(f"{cores} cores")
    print(f"one loop:  {one:.2f} s")
    print(f"two loops: {two:.2f} s, {one / two:.2f}x as fast")


if __name__ == "__main__":
    main()
