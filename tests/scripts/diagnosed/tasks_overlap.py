"""Nothing: fifty tasks overlap."""

# verdict: It waits, and overlaps
# line: await asyncio.sleep(0.2)

import asyncio


async def fetch():
    for _ in range(6):
        await asyncio.sleep(0.2)


async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(fetch())


asyncio.run(main())
