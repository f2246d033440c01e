# /// script
# requires-python = ">=3.11"
# ///
"""What asyncio does with threads and files, against what is often said.

Run it: python corrections_asyncio.py
"""
import asyncio
import contextvars
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

request = contextvars.ContextVar("request", default="lost")


# [context]
async def context():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(int).result()     # its thread has started
        request.set("42")
        print(await loop.run_in_executor(pool, request.get), end=", ")
    print(await asyncio.to_thread(request.get))
# [/context]


# [files]
async def files():
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryFile() as file:
        try:
            await loop.connect_read_pipe(asyncio.Protocol, file)
        except Exception as error:
            print("refused:", type(error).__name__)
# [/files]


# [many]
async def many():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=6))
    running, peak, lock = 0, 0, threading.Lock()
    full = threading.Barrier(6)

    def call():
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        full.wait()                   # six are in here together
        with lock:
            running -= 1

    await asyncio.gather(*[asyncio.to_thread(call) for _ in range(24)])
    print("24 calls, six threads, at once:", peak)
# [/many]


# [limit]
stop, ended = threading.Event(), threading.Event()


def call():
    stop.wait()
    time.sleep(0.1)                   # and it is not over yet
    ended.set()


async def limit():
    try:
        async with asyncio.timeout(0.05):
            await asyncio.to_thread(call)
    except TimeoutError:
        print("TimeoutError, thread ended:", ended.is_set())
    stop.set()                        # the last line of the program
# [/limit]


# [no_loop]
def no_loop():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            asyncio.get_event_loop().close()
            print("a loop, made just now")
        except RuntimeError as error:
            print("RuntimeError:", error)
# [/no_loop]


def main():
    print("[no_loop]")
    no_loop()
    for claim in context, files, many, limit:
        print(f"[{claim.__name__}]")
        asyncio.run(claim())
    print("asyncio.run returned, thread ended:", ended.is_set())


if __name__ == "__main__":
    main()
