"""Ten tasks wait for one asyncio.Lock."""

# verdict: It waits for its own lock
# line: async with lock:

import asyncio


async def work(lock):
    async with lock:
        await asyncio.sleep(0.12)


async def main():
    lock = asyncio.Lock()
    await asyncio.gather(*[work(lock) for _ in range(10)])


asyncio.run(main())
