"""Nothing: ten requests overlap (httpx waits by way of anyio)."""

# verdict: It waits, and overlaps
# line: (await client.get(url)).raise_for_status()
# needs: httpx

import asyncio

import httpx

from slow_server import site


async def fetch(client, url):
    for _ in range(6):
        (await client.get(url)).raise_for_status()


async def main(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        await asyncio.gather(*[fetch(client, url) for _ in range(10)])


with site() as url:
    asyncio.run(main(url))
