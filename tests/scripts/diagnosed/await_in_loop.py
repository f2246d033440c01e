"""await in a for loop: one task at a time."""

# verdict: It waits, in one asyncio task at a time
# line: await asyncio.sleep(0.1)

import asyncio


async def fetch():
    await asyncio.sleep(0.1)


async def main():
    for _ in range(12):
        await fetch()


asyncio.run(main())
