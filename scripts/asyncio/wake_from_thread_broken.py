# /// script
# requires-python = ">=3.11"
# ///
"""Another thread sets an asyncio.Event, and the loop sleeps on.

Run it: python wake_from_thread_broken.py
"""
import asyncio
import faulthandler
import threading
import time

faulthandler.dump_traceback_later(3, exit=True)  # the limit


# [wake]
async def main():
    answered = asyncio.Event()
    start = time.perf_counter()
    threading.Timer(0.1, answered.set).start()
    try:
        async with asyncio.timeout(1):
            await answered.wait()
    except TimeoutError:
        pass
    seconds = time.perf_counter() - start
    print(f"the loop woke up after {seconds:.1f} s")
    print("in time:", seconds < 1)
# [/wake]


if __name__ == "__main__":
    asyncio.run(main())
