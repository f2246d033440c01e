"""A rate limit lets one task go on each 0.05 s."""

# verdict: its own (lock|limit)
# line: async with self.lock:

import asyncio


class Pace:
    def __init__(self):
        self.lock = asyncio.Lock()

    async def turn(self):
        async with self.lock:
            await asyncio.sleep(0.05)


async def fetch(pace):
    await pace.turn()
    await asyncio.sleep(0.02)


async def main():
    pace = Pace()
    await asyncio.gather(*[fetch(pace) for _ in range(24)])


asyncio.run(main())
