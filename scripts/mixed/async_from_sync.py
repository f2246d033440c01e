# /// script
# requires-python = ">=3.11"
# ///
"""Call async code from ordinary threads, on one shared loop.

Run it: python async_from_sync.py
"""
import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


# [bridge]
class LoopThread:
    """An event loop in a thread of its own, for callers without one.

    with LoopThread() as loop:
        page = loop.call(fetch(url), timeout=5)
    """

    def __enter__(self) -> "LoopThread":
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=[self._main()], name="loop"
        )
        self._thread.start()
        self._ready.wait()
        return self

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()  # then asyncio.run cancels the rest

    def call(
        self, coroutine: Coroutine[Any, Any, Result], timeout: float
    ) -> Result:
        """Run it on the loop, wait here. From any other thread."""
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("call() on the loop's thread: use await")
        limited = asyncio.wait_for(coroutine, timeout)
        future = asyncio.run_coroutine_threadsafe(limited, self._loop)
        return future.result()

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
# [/bridge]


# [use]
async def fetch(name: str) -> str:
    """Stands for an async client; it works on one loop only."""
    await asyncio.sleep(60 if name == "stuck" else 0.05)
    return f"{name}.jpg"


def handler(loop: LoopThread, name: str) -> str:
    """Ordinary code, in one of many threads."""
    try:
        return loop.call(fetch(name), timeout=0.5)
    except TimeoutError:
        return f"{name}: too late"


def main() -> None:
    names = ["cat", "dog", "stuck", "owl"]
    with LoopThread() as loop, ThreadPoolExecutor(4) as pool:
        for line in pool.map(handler, [loop] * 4, names):
            print(line)
    print("threads left:", threading.active_count() - 1)
# [/use]


if __name__ == "__main__":
    main()
