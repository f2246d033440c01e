# /// script
# requires-python = ">=3.11"
# ///
"""Call async code from ordinary threads, on one shared loop.

Run it: python async_from_sync.py
"""
import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


# [bridge]
class LoopThread:
    """An event loop in a thread of its own, for callers without one.

    with LoopThread() as loop:
        page = loop.call(fetch(url), timeout=5)
    """

    def __enter__(self) -> "LoopThread":
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._calls: set[Future[Any]] = set()
        self._lock = threading.Lock()  # for the next line
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="loop")
        self._thread.start()
        self._loop = self._started.result()  # or why there is none
        return self

    def _run(self) -> None:
        try:
            asyncio.run(self._main())  # it cancels the rest at its end
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
                return
            raise
        finally:
            with self._lock:
                self._ended = True
            for call in list(self._calls):
                call.cancel()  # nobody waits for a loop that is gone

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._started.set_result(asyncio.get_running_loop())
        await self._stop.wait()

    def call(
        self, coroutine: Coroutine[Any, Any, Result], timeout: float
    ) -> Result:
        """Run it on the loop, wait here. From any other thread.

        After `timeout` seconds TimeoutError: nobody waits longer,
        and the coroutine is cancelled as soon as the loop can.
        """
        with self._lock:
            wrong = None
            if threading.current_thread() is self._thread:
                wrong = "call() on the loop's thread: use await"
            elif self._ended:
                wrong = "the loop has ended"
            if wrong:
                coroutine.close()
                raise RuntimeError(wrong)
            future = asyncio.run_coroutine_threadsafe(
                self._no_exit(coroutine), self._loop
            )
            self._calls.add(future)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()  # nothing happens if it has ended
            raise
        finally:
            self._calls.discard(future)

    async def _no_exit(
        self, coroutine: Coroutine[Any, Any, Result]
    ) -> Result:
        try:
            return await coroutine
        except (SystemExit, KeyboardInterrupt) as error:
            # It would end the loop, and every other call with it.
            raise RuntimeError(f"call ended by {error!r}") from error

    def __exit__(self, *error: object) -> None:
        with suppress(RuntimeError):  # the loop ended before
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
