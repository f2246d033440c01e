# /// script
# requires-python = ">=3.11"
# ///
"""Run a blocking call on the event loop, then beside it in a thread.

Run it: python to_thread.py
"""

import asyncio
import time


def resize(photo):
    """Stand for a library call that blocks for 0.4 s."""
    time.sleep(0.4)
    return f"{photo} resized"


async def stir(finished):
    """Wake every 20 ms; return the longest time between two wakes."""
    longest, last = 0, time.perf_counter()
    while not finished.is_set():
        await asyncio.sleep(0.02)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


# [compare]
async def on_the_loop():
    return resize("cat.jpg")


async def beside_the_loop():
    return await asyncio.to_thread(resize, "cat.jpg")


# [/compare]
async def longest_gap(work):
    """Run `work` while another task stirs."""
    finished = asyncio.Event()
    stirring = asyncio.create_task(stir(finished))
    await asyncio.sleep(0)  # let the stirring begin
    await work()
    finished.set()
    return await stirring


# [limit]
async def give_up_early():
    """A timeout ends the waiting, not the thread."""
    start = time.perf_counter()
    try:
        async with asyncio.timeout(0.1):
            await asyncio.to_thread(resize, "cat.jpg")
    except TimeoutError:
        return time.perf_counter() - start


# [/limit]
def main():
    for work in (on_the_loop, beside_the_loop):
        gap = asyncio.run(longest_gap(work))
        print(f"{work.__name__}: longest gap {gap:.2f} s")
    start = time.perf_counter()
    gave_up = asyncio.run(give_up_early())
    print(f"gave up after {gave_up:.2f} s")
    total = time.perf_counter() - start
    print(f"asyncio.run returned after {total:.2f} s")


if __name__ == "__main__":
    main()
