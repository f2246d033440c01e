"""A thread's lock blocks the event loop."""

# verdict: It waits inside the event loop
# line: with lock:

import asyncio
import threading
import time

lock = threading.Lock()


def keep():
    for _ in range(8):
        with lock:
            time.sleep(0.15)
        time.sleep(0.01)


async def work():
    for _ in range(8):
        with lock:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)


async def main():
    await asyncio.gather(work(), asyncio.sleep(0.1))


thread = threading.Thread(target=keep)
thread.start()
time.sleep(0.01)
asyncio.run(main())
thread.join()
