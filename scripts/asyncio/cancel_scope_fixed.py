# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio"]
# ///
"""Close an async generator in the task that ran it.

Run it: python cancel_scope_fixed.py
"""
import asyncio
from contextlib import aclosing

import anyio


# [scope]
async def rows():
    """Each row has to come within a second, counted by anyio."""
    with anyio.fail_after(1):
        yield 1
        yield 2


async def first_row(source):
    async with aclosing(source):
        async for row in source:
            return row


async def main():
    source = rows()
    print("row:", await asyncio.create_task(first_row(source)))
    try:
        await source.aclose()  # as the end of the loop does
    except RuntimeError as error:
        print(f"RuntimeError: {error}")
# [/scope]



if __name__ == "__main__":
    asyncio.run(main())
