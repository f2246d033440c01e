# /// script
# requires-python = ">=3.11"
# ///
"""A producer and consumers on one event loop, a short queue between.

Run it: python consume_all.py
"""
import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from outcomes import (
    Item, Outcome, Team,
    forget_cancellation, log, not_done, positive,
)


# [recipe]
async def consume_all(
    source: AsyncIterable[Item],
    consume: Callable[[Item], Awaitable[Any]],
    *,
    consumers: int,
    ahead: int,
    item_timeout: float,
    failed: Callable[[Item, BaseException], None] | None = None,
) -> list[Outcome[Item, Any]]:
    """Await `consume(item)` for each item of `source`.

    At most `consumers` run at once, and at most `ahead` items wait
    in between: then the source waits too. An item that fails, or
    takes more than `item_timeout` seconds, is given to `failed`;
    without it, the outcomes of such items are returned. If the
    source fails, what was read is done, then the error comes out in
    an ExceptionGroup. If the caller is cancelled, so is all; what
    was read and is not done has failed with `NotDone`.
    """
    positive(
        consumers=consumers, ahead=ahead, item_timeout=item_timeout
    )
    # (item,) is work, () is the end.
    queue: asyncio.Queue[tuple[Item, ...]] = asyncio.Queue(ahead)
    lost: list[Outcome[Item, Any]] = []
    team = Team()

    def note(done: Outcome[Item, Any]) -> None:
        if done.error is None:
            return
        if failed is None:
            lost.append(done)
            return
        try:
            failed(done.item, done.error)
        except Exception:
            log.exception("failed() itself failed for %r", done)

    async def produce() -> None:
        job: tuple[Item, ...] = ()
        try:
            async for item in source:
                job = (item,)
                await queue.put(job)  # waits while it is full
                job = ()
        except BaseException as error:
            for item in job:
                note(not_done(item))
            closing = isinstance(error, GeneratorExit)
            if closing or team.stopping.is_set():
                raise
            forget_cancellation()
            team.failures.append(error)
        finally:
            with suppress(AttributeError):
                await source.aclose()  # type: ignore[attr-defined]
        for _ in range(consumers):
            await queue.put(())

    async def work() -> None:
        number = 0
        while job := await queue.get():
            (item,) = job
            number += 1
            try:
                note(await team.settle(consume, item, item_timeout))
            except BaseException:
                note(not_done(item))
                raise
            if team.stopping.is_set():
                return  # it swallowed the cancellation
            if number % 100 == 0:
                await asyncio.sleep(0)  # for calls that never wait

    try:
        for number in range(1, consumers + 1):
            team.start(f"consumer-{number}", work)
        team.start("producer", produce)
        await team.over.wait()
    finally:
        await team.end()
        while not queue.empty():
            for item in queue.get_nowait():
                note(not_done(item))
    for error in team.failures:
        if not isinstance(error, Exception):
            raise error
    if team.failures:
        raise ExceptionGroup("the source failed", team.failures)
    return lost
# [/recipe]


# [use]
async def rows() -> AsyncGenerator[int, None]:
    for number in range(1, 21):
        yield number


async def write(row: int) -> None:
    await asyncio.sleep(10 if row == 7 else 0.01)
    if row == 13:
        raise ValueError("unlucky")


async def main() -> None:
    failed = await consume_all(
        rows(), write, consumers=3, ahead=5, item_timeout=0.5
    )
    for done in sorted(failed, key=lambda one: one.item):
        print(f"{done.item} failed: {done.error!r}")
# [/use]


if __name__ == "__main__":
    asyncio.run(main())
