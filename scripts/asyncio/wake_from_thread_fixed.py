# /// script
# requires-python = ">=3.11"
# ///
"""Another thread asks the loop to set the asyncio.Event.

Run it: python wake_from_thread_fixed.py
"""
import asyncio
import faulthandler
import threading
import time

faulthandler.dump_traceback_later(3, exit=True)  # the limit


# [wake]
async def main():
    answered = asyncio.Event()
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    call = loop.call_soon_threadsafe
    threading.Timer(0.1, call, [answered.set]).start()
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
