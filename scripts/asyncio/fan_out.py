# /// script
# requires-python = ">=3.11"
# ///
"""Run async calls, at most so many at once, each with its outcome.

Run it: python fan_out.py
"""
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sized
from contextlib import suppress
from itertools import islice
from typing import Any

from outcomes import (
    Item, Outcome, Pace, Result, Team,
    forget_cancellation, not_done, positive, tell, worth_a_retry,
)

# [recipe]
Retry = tuple[type[BaseException], ...] | Callable[[Any], float | None]


async def fan_out(
    call: Callable[[Item], Awaitable[Result]],
    items: Iterable[Item],
    *,
    limit: int,
    item_timeout: float | None,
    total_timeout: float | None = None,
    tries: int = 3,
    retry_on: Retry = worth_a_retry,
    pause: float = 0.1,
    longest_pause: float = 10.0,
    pace: Pace | None = None,
    report: Callable[[Outcome[Item, Result]], None] | None = None,
) -> list[Outcome[Item, Result]]:
    """Await `call(item)` for each item, at most `limit` at once.

    Returns one outcome per item, in their order; `report` gets each
    one as it comes. Times are seconds. `item_timeout` is for one
    try; waiting for `pace` is not part of it. `retry_on` says what
    is tried again: types of errors, or a function that gets what a
    call raised or returned, and returns how long to wait at least,
    or None. After `total_timeout` running calls are cancelled, and
    what is missing is `NotDone`. An iterator is read while there is
    room; what was not read has no outcome. If it fails, the calls
    that run may end, then its error goes on. If the caller is
    cancelled, so are all calls.
    """
    positive(limit=limit, item_timeout=item_timeout, tries=tries,
             total_timeout=total_timeout, longest_pause=longest_pause)
    if not pause >= 0:
        raise ValueError(f"pause must not be negative: {pause}")
    wanted = list(items) if isinstance(items, Sized) else items
    found: dict[int, Outcome[Item, Result]] = {}
    team = Team()

    def read() -> Iterator[tuple[int, Item]]:
        try:
            yield from enumerate(wanted)
        except Exception as error:  # it comes out when the rest ended
            team.failures.append(error)

    def wait_for(result: Any) -> float | None:
        if not isinstance(retry_on, tuple):
            return retry_on(result)
        return 0.0 if isinstance(result, retry_on) else None

    async def attempt(place: int, item: Item) -> None:
        began, number, last = time.monotonic(), 0, None
        try:
            while True:
                if pace is not None:
                    await pace.turn()
                number += 1
                done = await team.settle(call, item, item_timeout)
                last = done.error
                result = done.value if last is None else last
                asked = wait_for(result) if number < tries else None
                if asked is None or asked > longest_pause:
                    break
                # Random, so that clients do not come all at once.
                longest = min(longest_pause, pause * 2**number)
                await asyncio.sleep(asked + random.uniform(0, longest))
        except BaseException as error:
            seconds = time.monotonic() - began
            ends = isinstance(error, (KeyboardInterrupt, GeneratorExit))
            if team.stopping.is_set() or ends:
                done = not_done(item, last, number, seconds)
                found[place] = done
                tell(report, done)
                raise
            forget_cancellation()
            done = Outcome(item, error=error)
        found[place] = Outcome(
            item, done.value, done.error, number,
            time.monotonic() - began,
        )
        tell(report, found[place])

    async def worker(place: int, item: Item) -> None:
        while True:
            await attempt(place, item)
            if team.stopping.is_set() or team.failures:
                return  # the call may have swallowed our cancel()
            if place % 100 == 99:
                await asyncio.sleep(0)  # for calls that never wait
            try:
                place, item = next(source)
            except StopIteration:
                return

    source = read()
    try:
        with suppress(TimeoutError):  # then the rest is NotDone
            async with asyncio.timeout(total_timeout):
                for place, item in islice(source, limit):
                    name = f"worker-{place + 1}"
                    team.start(name, worker, place, item)
                if team.tasks:
                    await team.over.wait()
    finally:
        await team.end()
    if team.failures:
        raise team.failures[0]
    for place, item in source if isinstance(items, Sized) else ():
        found[place] = not_done(item)
        tell(report, found[place])
    return [found[place] for place in sorted(found)]
# [/recipe]


# [use]
async def fetch(name: str) -> str:
    """Stand for a request: the sleep is the waiting."""
    await asyncio.sleep(10 if name == "owl" else 0.1)
    if name == "yak":
        raise LookupError("no such photo")
    return f"{name}.jpg"


async def main() -> None:
    outcomes = await fan_out(
        fetch,
        ["cat", "owl", "dog", "yak", "elk", "fox"],
        limit=3,
        item_timeout=0.3,
        total_timeout=30,
        tries=2,
    )
    for done in outcomes:
        if done.error is None:
            print(f"{done.item}: {done.value}")
        else:
            print(f"{done.item}: {done.error!r}, tries: {done.tries}")
# [/use]


if __name__ == "__main__":
    asyncio.run(main())
