# /// script
# requires-python = ">=3.11"
# ///
"""Let asyncio's debug mode name the task that blocks the loop.

Run it: python find_blocking_call.py
"""

import asyncio
import time


async def fetch(name):
    """Wait, as a well-behaved task does."""
    await asyncio.sleep(0.2)
    return name


async def resize(name):
    """Block the loop: `time.sleep` never awaits."""
    time.sleep(0.3)
    return name


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fetch("cat"), name="fetch cat")
        group.create_task(resize("dog"), name="resize dog")


if __name__ == "__main__":
    asyncio.run(main(), debug=True)
