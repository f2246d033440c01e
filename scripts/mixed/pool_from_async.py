# /// script
# requires-python = ">=3.11"
# ///
"""Call blocking functions from async code, in your own pool.

Run it: python pool_from_async.py
"""
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial


def query(table, limit):
    """Stands for a driver without async: the sleep waits."""
    time.sleep(0.1)
    return f"{limit} rows of {table}"


# [default]
async def in_default_pool(calls):
    """All to_thread calls of a program share one pool."""
    queries = (
        asyncio.to_thread(query, "photos", limit=10)
        for _ in range(calls)
    )
    return await asyncio.gather(*queries)
# [/default]


# [own]
async def in_own_pool(calls):
    """A pool for this one database, as large as it allows."""
    loop = asyncio.get_running_loop()
    call = partial(query, "photos", limit=10)
    with ThreadPoolExecutor(24, thread_name_prefix="db") as pool:
        queries = (
            loop.run_in_executor(pool, call) for _ in range(calls)
        )
        return await asyncio.gather(*queries)
# [/own]


async def main():
    for pool in in_default_pool, in_own_pool:
        start = time.perf_counter()
        rows = await pool(calls=24)
        seconds = time.perf_counter() - start
        print(f"{pool.__name__}: {len(rows)} calls of 0.1 s", end=" ")
        print(f"in {seconds:.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
