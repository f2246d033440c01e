"""httpx's pool of two connections is the limit."""

# verdict: It waits for its own limit
# line: await client.get(url)
# needs: httpx

import asyncio

import httpx

from slow_server import site


async def main(url):
    limits = httpx.Limits(max_connections=2)
    async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client:

        async def fetch():
            await client.get(url)

        await asyncio.gather(*[fetch() for _ in range(16)])


with site() as url:
    asyncio.run(main(url))
