"""A CapacityLimiter lets two in."""

# verdict: It waits for its own limit
# line: async with limiter:
# needs: anyio

import anyio


async def fetch(limiter):
    async with limiter:
        await anyio.sleep(0.2)


async def main():
    limiter = anyio.CapacityLimiter(2)
    async with anyio.create_task_group() as group:
        for _ in range(14):
            group.start_soon(fetch, limiter)


anyio.run(main)
