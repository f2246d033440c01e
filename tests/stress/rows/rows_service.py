"""Stresses of serve."""

import asyncio
import itertools
import logging
import signal
import sys

from service import serve, stop_on_signals
from stress import Program, refused, say

NOT_HERE = {
    "unpicklable_item": "Nothing is pickled: jobs run on the loop of the caller.",
    "unpicklable_value": "Nothing is pickled: jobs run on the loop of the caller.",
    "unpicklable_error": "Nothing is pickled: jobs run on the loop of the caller.",
    "callback_raises": "It takes no callback but the handler, whose errors are those of a job.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
}


class Log(logging.Handler):
    """Keeps what the service says."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


def listen():
    handler = Log()
    logger = logging.getLogger("service")
    logger.handlers[:] = [handler]
    logger.propagate = False
    return handler.lines


async def numbers(stop):
    for number in range(stop):
        yield number


def work(jobs, handle, stop=None, workers=2, backlog=2, job_timeout=50, grace=0):
    return serve(
        jobs,
        handle,
        stop or asyncio.Event(),
        workers=workers,
        backlog=backlog,
        job_timeout=job_timeout,
        grace=grace,
    )


async def foreign_cancellation():
    async def handle(job):
        if job % 3 == 0:
            asyncio.current_task().cancel()
            await asyncio.sleep(0)
        if job % 3 == 1:
            gone = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone
        done.append(job)

    done, said = [], listen()
    assert await work(numbers(9), handle) == []
    assert sorted(done) == [2, 5, 8]
    assert sum("CancelledError" in line for line in said) == 6


async def system_exit():
    async def handle(job):
        if job == 1:
            sys.exit(3)

    said = listen()
    assert await work(numbers(4), handle) == []
    assert ["1 failed: SystemExit(3)" in line for line in said] == [True]


def keyboard_interrupt():
    async def handle(job):
        if job == 1:
            raise KeyboardInterrupt
        await asyncio.sleep(60)

    async def main():
        try:
            await work(numbers(40), handle)
        finally:
            left.extend(asyncio.all_tasks() - {asyncio.current_task()})

    left, said = [], listen()
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("KeyboardInterrupt was lost")
    assert not left
    assert any("not finished" in line and "0" in line and "1" in line for line in said), said


async def source_fails():
    async def source(error):
        yield 1
        yield 2
        raise error

    async def slow(job):
        await asyncio.sleep(0.02)
        done.append(job)

    async def hangs(job):
        await asyncio.Event().wait()

    for error in OSError("disk"), TimeoutError("slow"), SystemExit(1):
        for handle, grace in (slow, 60), (hangs, 0.02):
            done, said = [], listen()
            try:
                await work(source(error), handle, grace=grace)
            except ExceptionGroup as group:
                assert group.exceptions == (error,)
            except BaseException as caught:
                assert caught is error
                assert not isinstance(error, Exception)
            else:
                raise AssertionError("the error was lost")
            if handle is slow:
                assert sorted(done) == [1, 2]
            else:
                assert any("not finished: [" in line for line in said)


async def source_empty():
    assert await work(numbers(0), None) == []


async def source_infinite():
    async def forever():
        try:
            for number in itertools.count():
                taken.append(number)
                yield number
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    async def handle(job):
        done.append(job)
        if job == 20:
            stop.set()

    taken, done, closed, stop = [], [], [], asyncio.Event()
    left = await work(forever(), handle, stop, grace=50)
    assert closed
    assert len(taken) < 40
    assert set(taken) - set(done) - set(left) <= {taken[-1]}


async def source_slow():
    async def source():
        yield 1
        await asyncio.sleep(60)

    async def handle(job):
        stop.set()

    stop = asyncio.Event()
    assert await work(source(), handle, stop) == []


def bad_numbers():
    refused(
        lambda **given: serve(None, None, asyncio.Event(), grace=1, **given),
        workers=1, backlog=1, job_timeout=5,
    )  # fmt: skip
    try:
        asyncio.run(work(None, None, asyncio.Event(), grace=-1))
    except ValueError as error:
        assert "grace" in str(error)
    else:
        raise AssertionError("a negative grace")


def waits():
    async def handle(job):
        say("going")
        try:
            await asyncio.sleep(60)
        finally:
            say("closed")

    async def main():
        stop = asyncio.Event()
        stop_on_signals(stop)
        say(f"left {await work(numbers(9), handle, stop, grace=float(sys.argv[4]))}")

    sys.argv[4:] = ["0.05"]
    asyncio.run(main())


def waits_long():
    async def handle(job):
        say("going")
        await asyncio.sleep(60)

    async def main():
        stop = asyncio.Event()
        stop_on_signals(stop)
        await work(numbers(9), handle, stop, grace=60)

    asyncio.run(main())


def asked(number):
    with Program("service", "waits") as program:
        program.wait_for("going", 2)
        program.send(number)
        said, status = program.end()
    assert said.count("closed") == said.count("going"), said
    assert "left [" in said
    assert status == 0


def ctrl_c():
    asked(signal.SIGINT)


def sigterm():
    asked(signal.SIGTERM)


def ctrl_c_twice():
    with Program("service", "waits_long") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        program.wait_for("SIGINT: stopping")
        program.send(signal.SIGINT)
        _, status = program.end()
    assert status == -signal.SIGINT


async def caller_cancelled():
    async def handle(job):
        try:
            begun.append(job)
            await asyncio.sleep(60)
        finally:
            closed.append(job)

    for steps in range(9):
        begun, closed, said = [], [], listen()
        service = asyncio.create_task(work(numbers(9), handle))
        for _ in range(steps):
            await asyncio.sleep(0)
        service.cancel()
        await asyncio.wait([service])
        assert service.cancelled()
        assert sorted(begun) == sorted(closed)
        assert not begun or "not finished" in said[-1]
        assert len(asyncio.all_tasks()) == 1


async def swallows_cancellation():
    async def handle(job):
        stop.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    stop = asyncio.Event()
    left = await work(numbers(1), handle, stop, grace=0.02)
    assert left == [0]
    said = listen()
    assert await work(numbers(1), handle, job_timeout=0.02) == []
    assert "TimeoutError" in said[0]


async def error_keeps_traceback():
    async def deep_inside(job):
        raise LookupError(job)

    said = listen()
    await work(numbers(1), deep_inside)
    assert "in deep_inside" in said[0]
