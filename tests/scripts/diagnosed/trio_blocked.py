"""time.sleep blocks trio's loop."""

# verdict: It waits inside the event loop
# line: time.sleep(0.04)
# needs: trio

import time

import trio


async def work():
    for _ in range(3):
        time.sleep(0.04)
        await trio.sleep(0.01)


async def main():
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(work)


trio.run(main)
