"""A regular expression that backtracks, in the event loop."""

# verdict: It computes inside the event loop
# line: re.match(r"(a+)+$", "a" * 21 + "b")

import asyncio
import re


async def check():
    re.match(r"(a+)+$", "a" * 21 + "b")
    await asyncio.sleep(0)


async def main():
    await asyncio.gather(*[check() for _ in range(7)])


asyncio.run(main())
