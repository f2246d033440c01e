"""Requests of httpx, one after another."""

# verdict: It waits, in one asyncio task at a time
# line: await client.get(url)
# needs: httpx

import asyncio

import httpx

from slow_server import site


async def main(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(12):
            await client.get(url)


with site() as url:
    asyncio.run(main(url))
