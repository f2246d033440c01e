# /// script
# requires-python = ">=3.11"
# ///
"""Many waits of 0.2 s at once: threads and asyncio tasks.

Run it: python many_waits.py
"""
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

WAIT = 0.2


# [waits]
def in_threads(waits):
    with ThreadPoolExecutor(max_workers=waits) as pool:
        return list(pool.map(time.sleep, [WAIT] * waits))


async def as_tasks(waits):
    async with asyncio.TaskGroup() as group:
        for _ in range(waits):
            group.create_task(asyncio.sleep(WAIT))
# [/waits]


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main():
    print("waits  threads    tasks")
    for waits in 10, 100, 1000, 3000:
        threads = seconds(lambda: in_threads(waits))
        tasks = seconds(lambda: asyncio.run(as_tasks(waits)))
        print(f"{waits:5}  {threads:.3f} s  {tasks:.3f} s")


if __name__ == "__main__":
    main()
