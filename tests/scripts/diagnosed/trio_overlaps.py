"""Nothing: fifty trio tasks overlap."""

# verdict: It waits, and overlaps
# line: await trio.sleep(0.2)
# needs: trio

import trio


async def fetch():
    for _ in range(6):
        await trio.sleep(0.2)


async def main():
    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(fetch)


trio.run(main)
