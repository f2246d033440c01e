"""Nothing: fifty tasks overlap on uvloop."""

# verdict: It waits, and overlaps
# line: await asyncio.sleep(0.2)
# needs: uvloop

import asyncio

import uvloop


async def fetch():
    for _ in range(6):
        await asyncio.sleep(0.2)


async def main():
    await asyncio.gather(*[fetch() for _ in range(50)])


uvloop.run(main())
