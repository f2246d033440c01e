"""Ten tasks: time.sleep blocks the event loop most of the time."""

# verdict: It waits inside the event loop
# line: time.sleep(0.04)

import asyncio
import time


async def work():
    for _ in range(3):
        time.sleep(0.04)
        await asyncio.sleep(0.01)


async def main():
    await asyncio.gather(*[work() for _ in range(10)])


asyncio.run(main())
