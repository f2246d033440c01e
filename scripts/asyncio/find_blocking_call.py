# /// script
# requires-python = ">=3.11"
# ///
"""Let asyncio's debug mode name the task that blocks the loop.

Run it: python find_blocking_call.py
"""

import asyncio
import time


async def fetch():
    await asyncio.sleep(0.3)  # waits


async def resize():
    time.sleep(0.3)  # blocks


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fetch(), name="fetch cat")
        group.create_task(resize(), name="resize dog")


if __name__ == "__main__":
    asyncio.run(main(), debug=True)
