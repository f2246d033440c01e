# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio"]
# ///
"""Close an async generator in another task than the one that ran it.

Run it: python cancel_scope_broken.py
"""
import asyncio

import anyio


# [scope]
async def rows():
    """Each row has to come within a second, counted by anyio."""
    with anyio.fail_after(1):
        yield 1
        yield 2


async def first_row(source):
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
