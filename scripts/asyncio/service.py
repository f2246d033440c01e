# /// script
# requires-python = ">=3.11"
# ///
"""A service that ends cleanly on Ctrl-C and on SIGTERM.

Run it: python service.py
"""
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterable, AsyncIterator
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from outcomes import Item, Team, forget_cancellation, positive

log = logging.getLogger("service")


# [recipe]
async def serve(
    jobs: AsyncIterable[Item],
    handle: Callable[[Item], Awaitable[Any]],
    stop: asyncio.Event,
    *,
    workers: int,
    backlog: int,
    job_timeout: float,
    grace: float,
) -> list[Item]:
    """Handle jobs until there are no more, or `stop` is set.

    After `stop`, or if the source fails, no job is taken any more;
    those at hand may end within `grace` seconds, then they are
    cancelled. Returns the jobs that were taken and not finished.
    The error of a source comes out in an ExceptionGroup, and these
    jobs are logged.
    """
    positive(workers=workers, backlog=backlog, job_timeout=job_timeout)
    if not grace >= 0:
        raise ValueError(f"grace must not be negative: {grace}")
    queue: asyncio.Queue[Item] = asyncio.Queue(maxsize=backlog)
    left: list[Item] = []
    team, helpers = Team(), Team()
    ending = asyncio.Event()

    async def worker() -> None:
        while not team.stopping.is_set():  # a job may swallow that
            job = await queue.get()
            try:
                done = await team.settle(handle, job, job_timeout)
                if (error := done.error) is not None:
                    log.error("%s failed: %r", job, error,
                              exc_info=error)
            except BaseException:
                left.append(job)
                raise
            finally:
                queue.task_done()

    async def take() -> None:
        try:
            async for job in jobs:
                try:
                    await queue.put(job)
                except asyncio.CancelledError:
                    left.append(job)
                    raise
            await queue.join()
        except BaseException as error:
            closing = isinstance(error, GeneratorExit)
            if closing or helpers.stopping.is_set():
                raise
            forget_cancellation()
            team.failures.append(error)
        finally:
            with suppress(AttributeError):
                await jobs.aclose()  # type: ignore[attr-defined]
        ending.set()

    async def end_after(event: asyncio.Event) -> None:
        await event.wait()
        ending.set()

    try:
        for number in range(1, workers + 1):
            team.start(f"worker-{number}", worker)
        helpers.start("taking", take)
        helpers.start("stopping", end_after, stop)
        helpers.start("failing", end_after, team.over)
        await ending.wait()
        await helpers.end()
        if not team.over.is_set():
            async with asyncio.timeout(grace):
                await queue.join()
    except TimeoutError:
        log.warning("grace is over")
    finally:
        try:
            await helpers.end()
        finally:
            await team.end()
        while not queue.empty():
            left.append(queue.get_nowait())
        if left and (team.failures or sys.exc_info()[0]):
            log.error("not finished: %s", left)
    for error in team.failures:
        if not isinstance(error, Exception):
            raise error
    if team.failures:
        raise ExceptionGroup("the source failed", team.failures)
    return left
# [/recipe]


# [signals]
def stop_on_signals(stop: asyncio.Event) -> None:
    """The first signal asks to stop; a second one, of any, kills."""
    loop = asyncio.get_running_loop()
    asked_by = (signal.SIGINT, signal.SIGTERM)

    def ask(number: int, frame: object) -> None:
        for each in asked_by:
            signal.signal(each, signal.SIG_DFL)
        log.warning("%s: stopping", signal.Signals(number).name)
        loop.call_soon_threadsafe(stop.set)

    for number in asked_by:
        signal.signal(number, ask)
# [/signals]


async def incoming() -> AsyncIterator[str]:
    """Stands for a message queue; then a deployment stops us."""
    for number in range(1, 7):
        yield f"job-{number}"
    signal.raise_signal(signal.SIGTERM)
    await asyncio.Event().wait()  # for the next message


async def handle(job: str) -> None:
    await asyncio.sleep(0.02)  # stands for the work
    if job == "job-3":
        raise ValueError("bad message")
    if job == "job-4":
        await asyncio.sleep(60)  # hangs
    log.info("%s done", job)


async def main() -> int:
    stop = asyncio.Event()
    stop_on_signals(stop)
    left = await serve(
        incoming(), handle, stop,
        workers=2, backlog=10, job_timeout=30, grace=1,
    )
    log.info("not finished: %s", left)
    return 1 if left else 0


if __name__ == "__main__":
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(message)s"
    )
    sys.exit(asyncio.run(main()))
