"""Stresses of fan_out."""

import asyncio
import itertools
import signal
import sys

from fan_out import fan_out, not_done
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "unpicklable_item": "Nothing is pickled: calls run on the loop of the caller.",
    "unpicklable_value": "Nothing is pickled: calls run on the loop of the caller.",
    "unpicklable_error": "Nothing is pickled: calls run on the loop of the caller.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
}
NotDone = type(not_done(0).error)


async def same(item):
    await asyncio.sleep(0)
    return item


async def foreign_cancellation():
    async def call(item):
        if item == 1:
            gone = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone
        if item == 2:  # as a library that cancels whoever calls it
            asyncio.current_task().cancel()
            await asyncio.sleep(0)
        return item

    for limit in 1, 2, 5:
        done = await fan_out(call, range(5), limit=limit, item_timeout=5, total_timeout=30)
        assert [one.value for one in done] == [0, None, None, 3, 4], done
        assert isinstance(done[1].error, asyncio.CancelledError)
        assert isinstance(done[2].error, asyncio.CancelledError)


async def system_exit():
    async def call(item):
        return sys.exit(3) if item == 1 else await same(item)

    done = await fan_out(call, range(4), limit=2, item_timeout=5)
    assert [one.value for one in done] == [0, None, 2, 3]
    assert isinstance(done[1].error, SystemExit)
    assert done[1].error.code == 3


def keyboard_interrupt():
    """It is Ctrl-C, as far as anyone can tell: it ends the batch, and all calls with it."""
    closed = []

    async def call(item):
        if item == 1:
            await asyncio.sleep(0)
            raise KeyboardInterrupt
        try:
            await asyncio.sleep(60)
        finally:
            closed.append(item)

    async def main():
        try:
            await fan_out(call, range(4), limit=3, item_timeout=50, report=seen.append)
        finally:
            left.extend(asyncio.all_tasks() - {asyncio.current_task()})

    seen, left = [], []
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("KeyboardInterrupt was lost")
    assert sorted(closed) == [0, 2]
    assert sorted(one.item for one in seen) == [0, 1, 2], seen
    assert not left


async def callback_raises():
    def report(done):
        seen.append(done.item)
        raise ValueError("report")

    seen = []
    done = await fan_out(same, range(5), limit=2, item_timeout=5, report=report)
    assert [one.value for one in done] == list(range(5))
    assert sorted(seen) == list(range(5))

    def timeout(done):
        raise TimeoutError

    done = await fan_out(same, range(5), limit=2, item_timeout=5, report=timeout)
    assert [one.error for one in done] == [None] * 5

    def refuses(result):
        raise LookupError("a mistake in the predicate")

    done = await fan_out(same, range(3), limit=2, item_timeout=5, retry_on=refuses)
    assert [type(one.error) for one in done] == [LookupError] * 3


async def source_fails():
    def source(error):
        yield 0
        yield 1
        raise error

    for limit in 1, 2, 9:
        for error in OSError("disk"), TimeoutError("slow"), SystemExit(1):
            seen = []
            try:
                await fan_out(
                    same, source(error), limit=limit, item_timeout=5, total_timeout=9, report=seen.append
                )
            except BaseException as caught:
                assert caught is error, caught
            else:
                raise AssertionError("the error was lost")
            if isinstance(error, Exception):
                assert sorted(one.item for one in seen) == [0, 1], seen


async def source_empty():
    assert await fan_out(same, [], limit=3, item_timeout=5) == []
    assert await fan_out(same, iter(()), limit=3, item_timeout=5, total_timeout=1) == []


async def source_infinite():
    async def at_once(item):
        return item

    for call in same, at_once:
        done = await fan_out(call, itertools.count(), limit=3, item_timeout=5, total_timeout=0.2)
        assert len(done) > 3
        assert [one.item for one in done] == list(range(len(done)))
    one = next(iter(await fan_out(same, itertools.islice(itertools.count(), 1), limit=10**6, item_timeout=5)))
    assert one.value == 0


async def source_slow():
    """Calls go on between two items; an iterator is read when there is room, not before."""
    read = []

    def source():
        for number in range(6):
            read.append(number)
            yield number

    async def call(item):
        await asyncio.sleep(0)
        assert len(read) <= item + 3, (item, read)
        return item

    done = await fan_out(call, source(), limit=2, item_timeout=5)
    assert [one.value for one in done] == list(range(6)), done


def bad_numbers():
    refused(
        lambda **numbers: fan_out(same, [1], **numbers),
        limit=1, item_timeout=5, total_timeout=5, tries=1, longest_pause=1,
    )  # fmt: skip
    for pause in -1, float("nan"):
        refused_pause = fan_out(same, [1], limit=1, item_timeout=5, pause=pause)
        try:
            asyncio.run(refused_pause)
        except ValueError as error:
            assert "pause" in str(error)
        else:
            raise AssertionError(pause)


def waits():
    async def call(item):
        say("going")
        try:
            await asyncio.sleep(60)
        finally:
            say("closed")

    try:
        asyncio.run(fan_out(call, range(100), limit=2, item_timeout=50))
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c():
    with Program("fan_out", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.split() == ["going", "going", "closed", "closed", "interrupted"]
    assert status == 0


def cleans_up_slowly():
    async def call(item):
        try:
            say("going")
            await asyncio.sleep(60)
        finally:
            say("cleaning")
            await asyncio.sleep(60)

    try:
        asyncio.run(fan_out(call, range(100), limit=2, item_timeout=50))
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c_twice():
    with Program("fan_out", "cleans_up_slowly") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        program.wait_for("cleaning", 2)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert "interrupted" in said


def sigterm():
    with Program("fan_out", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGTERM)
        _, status = program.end()
    assert status == -signal.SIGTERM


async def caller_cancelled():
    async def call(item):
        begun.append(item)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            closed.append(item)

    for steps in range(6):  # at any await
        begun, closed, seen = [], [], []
        batch = asyncio.create_task(fan_out(call, range(9), limit=2, item_timeout=50, report=seen.append))
        for _ in range(steps):
            await asyncio.sleep(0)
        batch.cancel()
        await asyncio.wait([batch])
        assert batch.cancelled()
        assert begun == sorted(closed)
        assert sorted(one.item for one in seen) == begun, seen
        assert all(isinstance(one.error, NotDone) for one in seen)
        assert len(asyncio.all_tasks()) == 1


async def swallows_cancellation():
    async def call(item):
        for _ in range(2 if item else 1):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed.append(item)
                if item == 2:
                    raise
        await asyncio.sleep(60 if item == 1 else 0)
        return item

    swallowed = []
    done = await fan_out(call, [0], limit=1, item_timeout=0.05, tries=1)
    assert done[0].value == 0  # it gave an answer after all
    done = await fan_out(call, [1, 5], limit=2, item_timeout=0.05, tries=1)
    assert done[0].error is not None
    swallowed.clear()
    done = await fan_out(call, [0, 0, 7], limit=1, item_timeout=50, total_timeout=0.05)
    assert len(done) == 3
    assert [one.tries for one in done] == [1, 0, 0], done  # it did not go on with the next
    batch = asyncio.create_task(fan_out(call, [1, 1], limit=2, item_timeout=50))
    await asyncio.sleep(0.01)
    batch.cancel()
    await asyncio.wait([batch])
    assert batch.cancelled()


async def error_keeps_traceback():
    async def deep_inside(item):
        raise ConnectionError(item)

    async def call(item):
        await deep_inside(item)

    done = await fan_out(call, [7], limit=1, item_timeout=5, tries=2, pause=0)
    assert done[0].item == 7
    assert done[0].tries == 2
    assert has_traceback(done[0].error, "deep_inside")

    async def fails_then_waits(item):
        if item not in seen:
            seen.append(item)
            raise ConnectionError("refused")
        await asyncio.sleep(60)

    seen = []
    done = await fan_out(fails_then_waits, [7], limit=1, item_timeout=50, total_timeout=0.05, pause=0)
    assert isinstance(done[0].error, NotDone)
    assert isinstance(done[0].error.__cause__, ConnectionError)
    assert done[0].tries == 2
