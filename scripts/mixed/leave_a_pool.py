# /// script
# requires-python = ">=3.11"
# ///
"""Leave a thread pool in a coroutine while a call still runs.

Run it: python leave_a_pool.py
"""
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor


# [leave]
async def with_block(call):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor() as pool:
        try:
            async with asyncio.timeout(0.05):
                await loop.run_in_executor(pool, call)
        except TimeoutError:
            pass  # next, the end of the block waits for the thread


async def wait_in_a_thread(call):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor()
    try:
        async with asyncio.timeout(0.05):
            await loop.run_in_executor(pool, call)
    except TimeoutError:
        pass
    finally:
        await asyncio.to_thread(pool.shutdown)
# [/leave]


async def others_had_a_turn(leave):
    """Could the loop do something else while the pool was left?"""
    something_else = threading.Event()
    seen = []

    def call():
        seen.append(something_else.wait(0.5))

    loop = asyncio.get_running_loop()
    loop.call_later(0.1, something_else.set)
    await leave(call)
    return seen[0]


async def main():
    for leave in with_block, wait_in_a_thread:
        turn = await others_had_a_turn(leave)
        print(f"{leave.__name__}: the loop ran meanwhile: {turn}")


if __name__ == "__main__":
    asyncio.run(main())
