"""Stresses of consume_all for tasks."""

import asyncio
import itertools
import signal
import sys

from consume_all import NotDone, consume_all
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "unpicklable_item": "Nothing is pickled: calls run on the loop of the caller.",
    "unpicklable_value": "Nothing is pickled: calls run on the loop of the caller.",
    "unpicklable_error": "Nothing is pickled: calls run on the loop of the caller.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
}


async def numbers(stop):
    for number in range(stop):
        yield number


def consume(source, call, consumers=2, ahead=2, item_timeout=50, failed=None):
    return consume_all(
        source, call, consumers=consumers, ahead=ahead, item_timeout=item_timeout, failed=failed
    )


async def foreign_cancellation():
    async def call(item):
        if item % 3 == 0:
            asyncio.current_task().cancel()
            await asyncio.sleep(0)
        if item % 3 == 1:
            gone = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone
        done.append(item)

    done = []
    failed = await consume(numbers(9), call)
    assert sorted(done) == [2, 5, 8]
    assert sorted(one.item for one in failed) == [0, 1, 3, 4, 6, 7], failed
    assert all(isinstance(one.error, asyncio.CancelledError) for one in failed)


async def system_exit():
    async def call(item):
        if item == 1:
            sys.exit(3)

    failed = await consume(numbers(4), call)
    assert [(one.item, one.error.code) for one in failed] == [(1, 3)]


def keyboard_interrupt():
    async def call(item):
        if item == 1:
            raise KeyboardInterrupt
        await asyncio.sleep(60)

    def fail(item, error):
        failed.append((item, type(error)))

    async def main():
        try:
            await consume(numbers(40), call, failed=fail)
        finally:
            left.extend(asyncio.all_tasks() - {asyncio.current_task()})

    failed, left = [], []
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("KeyboardInterrupt was lost")
    # Two at work, and what was read: nothing of it is lost.
    assert sorted(item for item, _ in failed) == list(range(len(failed)))
    assert len(failed) >= 4
    assert {kind for _, kind in failed} == {NotDone}
    assert not left


async def callback_raises():
    async def call(item):
        done.append(item)
        raise LookupError(item)

    def failed(item, error):
        told.append(item)
        raise ValueError("failed")

    done, told = [], []
    await consume(numbers(6), call, failed=failed)
    assert sorted(done) == sorted(told) == list(range(6))


async def source_fails():
    async def source(error):
        for number in range(4):
            yield number
        raise error

    async def call(item):
        await asyncio.sleep(0.01)
        done.append(item)

    for error in OSError("disk"), TimeoutError("slow"), SystemExit(1), asyncio.CancelledError("foreign"):
        done = []
        try:
            await consume(source(error), call)
        except ExceptionGroup as group:
            assert group.exceptions == (error,)
            assert isinstance(error, Exception)
        except BaseException as caught:
            assert caught is error, caught
            assert not isinstance(error, Exception)
        else:
            raise AssertionError("the error was lost")
        assert sorted(done) == [0, 1, 2, 3], (error, done)


async def source_empty():
    assert await consume(numbers(0), None) == []


async def source_infinite():
    async def forever():
        try:
            for number in itertools.count():
                yield number
        finally:
            closed.append(True)

    async def call(item):
        done.append(item)

    done, closed = [], []
    try:
        async with asyncio.timeout(0.2):
            await consume(forever(), call)
    except TimeoutError:
        pass
    assert len(done) > 4
    assert closed


async def source_slow():
    """Each item is done before the next one comes."""
    done = asyncio.Event()

    async def source():
        for number in range(4):
            yield number
            await done.wait()
            done.clear()

    async def call(item):
        done.set()

    assert await consume(source(), call) == []


def bad_numbers():
    refused(lambda **numbers: consume_all(None, None, **numbers), consumers=1, ahead=1, item_timeout=5)


def waits():
    async def call(item):
        say("going")
        try:
            await asyncio.sleep(60)
        finally:
            say("closed")

    try:
        asyncio.run(consume(numbers(100), call))
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c():
    with Program("consume_all", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.split() == ["going", "going", "closed", "closed", "interrupted"], said
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
        asyncio.run(consume(numbers(100), call))
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c_twice():
    with Program("consume_all", "cleans_up_slowly") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        program.wait_for("cleaning", 2)
        program.send(signal.SIGINT)
        said, _ = program.end()
    assert "interrupted" in said


def sigterm():
    with Program("consume_all", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGTERM)
        _, status = program.end()
    assert status == -signal.SIGTERM


async def caller_cancelled():
    async def source():
        try:
            for number in range(9):
                read.append(number)
                yield number
        finally:
            closed.append(True)

    async def call(item):
        await asyncio.sleep(60)

    for steps in range(9):
        read, closed, failed = [], [], []
        batch = asyncio.create_task(
            consume(source(), call, failed=lambda item, error: failed.append((item, type(error))))
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        batch.cancel()
        await asyncio.wait([batch])
        assert batch.cancelled()
        assert sorted(failed) == [(item, NotDone) for item in read], (steps, read, failed)
        assert len(closed) == bool(read)
        assert len(asyncio.all_tasks()) == 1


async def swallows_cancellation():
    async def call(item):
        begun.append(item)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    begun = []
    failed = await consume(numbers(2), call, item_timeout=0.05)
    assert [type(one.error) for one in failed] == [TimeoutError] * 2
    begun.clear()
    batch = asyncio.create_task(consume(numbers(9), call))
    while len(begun) < 2:
        await asyncio.sleep(0)
    batch.cancel()
    await asyncio.wait([batch])
    assert batch.cancelled()
    assert begun == [0, 1]


async def error_keeps_traceback():
    async def deep_inside(item):
        raise LookupError(item)

    failed = await consume(numbers(1), deep_inside)
    assert has_traceback(failed[0].error, "deep_inside")
