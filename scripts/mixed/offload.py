# /// script
# requires-python = ">=3.11"
# ///
"""Blocking and computing calls beside an event loop.

Run it: python offload.py
"""
import asyncio
import contextvars
import signal
import time
from collections.abc import Callable
from concurrent.futures import (
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from math import isqrt
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeVar

Result = TypeVar("Result")


# [offload]
def _ignore_ctrl_c() -> None:
    # It reaches all processes of a terminal; the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Offload:
    """Runs what would block the loop in two pools of its own.

    After `give_up_after` seconds the caller gets TimeoutError; a
    call that has begun runs on to its end, and leaving the block
    waits for it. All other arguments go to the function.
    """

    def __init__(
        self, threads: int, processes: int | None = None
    ) -> None:
        self._threads = ThreadPoolExecutor(threads)
        # A fork beside running threads may deadlock: spawn instead.
        self._processes = ProcessPoolExecutor(
            processes,
            mp_context=get_context("spawn"),
            initializer=_ignore_ctrl_c,
        )

    async def blocking(
        self, function: Callable[..., Result], *args: Any,
        give_up_after: float, **options: Any,
    ) -> Result:
        """Await a function that waits: it runs in a thread."""
        # Context variables, such as a request id, go along.
        run = contextvars.copy_context().run
        call = partial(run, partial(function, *args, **options))
        return await self._run(self._threads, call, give_up_after)

    async def computing(
        self, function: Callable[..., Result], *args: Any,
        give_up_after: float, **options: Any,
    ) -> Result:
        """Await a function that computes: it runs in a process."""
        call = partial(function, *args, **options)
        return await self._run(self._processes, call, give_up_after)

    async def _run(
        self, pool: Executor, call: Callable[[], Result], limit: float
    ) -> Result:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(limit):
            return await loop.run_in_executor(pool, call)

    async def __aenter__(self) -> "Offload":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Waiting for the pools here would block the loop.
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        # Drop both queues before the first wait. A process pool
        # waits in its first shutdown only, so that is the one.
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.shutdown(cancel_futures=True)
        self._threads.shutdown()
# [/offload]


# [use]
def read_orders(customer: str, pause: float) -> list[int]:
    """Stands for a database driver without async."""
    time.sleep(pause)
    return [20_000, 30_000]


def count_primes(limit: int) -> int:
    return sum(
        all(number % factor for factor in range(2, isqrt(number) + 1))
        for number in range(2, limit)
    )


async def main() -> None:
    async with Offload(threads=8) as offload:
        orders = await offload.blocking(
            read_orders, "ann", pause=0.1, give_up_after=10
        )
        async with asyncio.TaskGroup() as group:
            counts = [
                group.create_task(
                    offload.computing(
                        count_primes, order, give_up_after=10
                    )
                )
                for order in orders
            ]
        print([count.result() for count in counts])
        try:
            await offload.blocking(
                read_orders, "bob", pause=0.5, give_up_after=0.1
            )
        except TimeoutError:
            print("bob: too late")
# [/use]


if __name__ == "__main__":
    asyncio.run(main())
