"""json of megabytes is parsed in the event loop."""

# verdict: It computes inside the event loop
# line: json.loads(text)

import asyncio
import json

text = json.dumps([{"id": n, "name": str(n)} for n in range(60_000)])


async def parse():
    for _ in range(20):
        json.loads(text)
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(parse(), parse())


asyncio.run(main())
