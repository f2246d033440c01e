"""time.sleep blocks uvloop."""

# verdict: It waits inside the event loop
# line: time.sleep(0.04)
# needs: uvloop

import asyncio
import time

import uvloop


async def work():
    for _ in range(3):
        time.sleep(0.04)
        await asyncio.sleep(0.01)


async def main():
    await asyncio.gather(*[work() for _ in range(10)])


uvloop.run(main())
