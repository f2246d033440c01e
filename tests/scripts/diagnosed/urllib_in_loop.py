"""urlopen blocks the event loop."""

# verdict: It waits inside the event loop
# line: return urlopen(url).read()

import asyncio
from urllib.request import urlopen

from slow_server import site


async def fetch(url):
    return urlopen(url).read()


async def main(url):
    await asyncio.gather(*[fetch(url) for _ in range(10)])


with site() as url:
    asyncio.run(main(url))
