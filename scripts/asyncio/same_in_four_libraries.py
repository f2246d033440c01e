# /// script
# requires-python = ">=3.11"
# dependencies = ["anyio", "trio", "uvloop"]
# ///
"""The same three waits in asyncio, on uvloop, in trio and in anyio.

Run it: python same_in_four_libraries.py
"""

import asyncio
import time

import anyio
import trio
import uvloop

PHOTOS = {"cat": 0.06, "dog": 0.04, "owl": 0.02}


# [asyncio]
async def fetch(name, seconds, found):
    await asyncio.sleep(seconds)
    found.append(name)


async def with_asyncio():
    found = []
    async with asyncio.TaskGroup() as group:
        for name, seconds in PHOTOS.items():
            group.create_task(fetch(name, seconds, found))
    return found
# [/asyncio]


# [trio]
async def fetch_in_trio(name, seconds, found):
    await trio.sleep(seconds)
    found.append(name)


async def with_trio():
    found = []
    async with trio.open_nursery() as nursery:
        for name, seconds in PHOTOS.items():
            nursery.start_soon(fetch_in_trio, name, seconds, found)
    return found
# [/trio]


# [anyio]
async def fetch_in_either(name, seconds, found):
    await anyio.sleep(seconds)
    found.append(name)


async def with_anyio():
    found = []
    async with anyio.create_task_group() as group:
        for name, seconds in PHOTOS.items():
            group.start_soon(fetch_in_either, name, seconds, found)
    return found
# [/anyio]


# [run]
WAYS = {
    "asyncio": lambda: asyncio.run(with_asyncio()),
    "asyncio on uvloop": lambda: uvloop.run(with_asyncio()),
    "trio": lambda: trio.run(with_trio),
    "anyio on asyncio": lambda: anyio.run(with_anyio),
    "anyio on trio": lambda: anyio.run(with_anyio, backend="trio"),
}
# [/run]


def main():
    for name, way in WAYS.items():
        start = time.perf_counter()
        found = way()
        elapsed = time.perf_counter() - start
        print(f"{name:18} {' '.join(sorted(found))}, {elapsed:.2f} s")


if __name__ == "__main__":
    main()
