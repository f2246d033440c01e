# /// script
# requires-python = ">=3.11"
# ///
"""Run a blocking call on the event loop, then beside it in a thread.

Run it: python to_thread.py
"""

import asyncio
import time


# [call]
def resize(photo):
    """Stand for a library call that blocks for 0.4 s."""
    time.sleep(0.4)
    return f"{photo} resized"


async def on_the_loop():
    return resize("cat.jpg")


async def beside_the_loop():
    return await asyncio.to_thread(resize, "cat.jpg")
# [/call]


async def longest_pause(work):
    """Stir every 20 ms while `work` runs; return the longest pause."""
    working = asyncio.create_task(work())
    longest, last = 0, time.perf_counter()
    while not working.done():
        await asyncio.sleep(0.02)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


async def give_up_early():
    """A timeout ends the waiting, not the thread."""
    start = time.perf_counter()
    try:
        async with asyncio.timeout(0.1):
            await beside_the_loop()
    except TimeoutError:
        return time.perf_counter() - start


def main():
    for work in (on_the_loop, beside_the_loop):
        pause = asyncio.run(longest_pause(work))
        print(f"{work.__name__}: longest pause {pause:.2f} s")
    start = time.perf_counter()
    print(f"gave up after {asyncio.run(give_up_early()):.2f} s")
    total = time.perf_counter() - start
    print(f"asyncio.run returned after {total:.2f} s")


if __name__ == "__main__":
    main()
