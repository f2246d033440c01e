"""Nothing: to_thread overlaps the calls."""

# verdict: It waits, and overlaps
# line: time.sleep(0.2)

import asyncio
import time


def fetch():
    time.sleep(0.2)


async def work():
    for _ in range(5):
        await asyncio.to_thread(fetch)


async def main():
    await asyncio.gather(*[work() for _ in range(5)])


asyncio.run(main())
