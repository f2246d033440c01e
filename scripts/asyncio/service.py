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
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

Job = TypeVar("Job")
log = logging.getLogger("service")


# [serve]
async def serve(
    jobs: AsyncIterator[Job],
    handle: Callable[[Job], Awaitable[None]],
    stop: asyncio.Event,
    *,
    workers: int,
    backlog: int,
    job_timeout: float,
    grace: float,
) -> list[Job]:
    """Handle jobs until there are no more, or `stop` is set.

    After `stop` no job is taken any more; those at hand may end
    within `grace` seconds, then they are cancelled. Returns the
    jobs that were taken and not finished.
    """
    queue: asyncio.Queue[Job] = asyncio.Queue(maxsize=backlog)
    left: list[Job] = []

    async def worker() -> None:
        while True:
            job = await queue.get()
            try:
                async with asyncio.timeout(job_timeout):
                    await handle(job)
            except Exception as error:  # one job, not the service
                log.error("%s failed: %r", job, error)
            except asyncio.CancelledError:
                left.append(job)
                raise
            finally:
                queue.task_done()

    async def take_all() -> None:
        async for job in jobs:
            try:
                await queue.put(job)
            except asyncio.CancelledError:
                left.append(job)
                raise
        await queue.join()

    async with asyncio.TaskGroup() as group:
        team = [group.create_task(worker()) for _ in range(workers)]
        taking = group.create_task(take_all())
        stopping = group.create_task(stop.wait())
        await asyncio.wait(
            [taking, stopping], return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        if taking.cancel():  # it was not done: somebody said stop
            try:
                async with asyncio.timeout(grace):
                    await queue.join()
            except TimeoutError:
                log.warning("grace is over")
        for one in team:
            one.cancel()
    while not queue.empty():
        left.append(queue.get_nowait())
    return left
# [/serve]


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
