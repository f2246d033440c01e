# /// script
# requires-python = ">=3.11"
# ///
"""The same computing beside a loop, in different places.

Run it: python which_pool.py
"""
import asyncio
import concurrent.futures as cf
import time


def count_primes(limit):
    # Used only in the generators below: a sub-interpreter would
    # not find it if it were imported at the top of this file.
    from math import isqrt

    return sum(
        all(number % factor for factor in range(2, isqrt(number) + 1))
        for number in range(2, limit)
    )


# [heartbeat]
async def heartbeat(gaps):
    """Note how late the loop wakes a task that sleeps 10 ms."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.01)
        gaps.append(time.perf_counter() - start)


async def measure(name, two_calls):
    gaps = []
    beating = asyncio.create_task(heartbeat(gaps))
    await asyncio.sleep(0)
    start = time.perf_counter()
    await two_calls()
    seconds = time.perf_counter() - start
    await asyncio.sleep(0.02)  # one more beat: a gap has its end
    beating.cancel()
    print(f"{name:17} {seconds:.2f} s, longest gap {max(gaps):.2f} s")
# [/heartbeat]


# [places]
LIMIT = 90_000


async def directly():
    for _ in range(2):
        count_primes(LIMIT)


def in_pool(pool):
    async def two_calls():
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(
            loop.run_in_executor(pool, count_primes, LIMIT)
            for _ in range(2)
        ))
    return two_calls


async def main():
    await measure("directly", directly)
    for name in (
        "ThreadPool", "ProcessPool", "InterpreterPool"  # 3.14
    ):
        if kind := getattr(cf, f"{name}Executor", None):
            with kind(max_workers=2) as pool:
                list(pool.map(count_primes, [10, 10]))  # warm up
                await measure(name, in_pool(pool))
# [/places]


if __name__ == "__main__":
    asyncio.run(main())
