"""future.result() blocks the event loop."""

# verdict: It waits inside the event loop
# line: return pool.submit(time.sleep, 0.15).result()

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()


async def work():
    return pool.submit(time.sleep, 0.15).result()


async def main():
    await asyncio.gather(*[work() for _ in range(8)])


asyncio.run(main())
