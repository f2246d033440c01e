"""Stresses of call_all."""

import asyncio
import itertools
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError

from call_all import NotDone, call_all
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "unpicklable_item": "Nothing is pickled: threads share all objects.",
    "unpicklable_value": "Nothing is pickled: threads share all objects.",
    "unpicklable_error": "Nothing is pickled: threads share all objects.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
    "caller_cancelled": "It is a blocking call: nothing can cancel who waits for it but Ctrl-C.",
    "swallows_cancellation": "Nothing is cancelled: a thread cannot be, as its docstring says.",
}


def foreign_cancellation():
    def call(item):
        if item == 1:
            raise CancelledError
        if item == 2:
            raise asyncio.CancelledError
        return item

    done = call_all(call, range(5), workers=2)
    assert [one.value for one in done] == [0, None, None, 3, 4]
    assert isinstance(done[1].error, CancelledError)
    assert isinstance(done[2].error, asyncio.CancelledError)


def system_exit():
    done = call_all(lambda item: sys.exit(3) if item == 1 else item, range(4), workers=2)
    assert [one.value for one in done] == [0, None, 2, 3]
    assert done[1].error.code == 3


def keyboard_interrupt():
    """Ctrl-C reaches the main thread only: raised by a call it is that call's error."""

    def call(item):
        if item == 1:
            raise KeyboardInterrupt
        return item

    done = call_all(call, range(4), workers=2)
    assert [one.value for one in done] == [0, None, 2, 3]
    assert isinstance(done[1].error, KeyboardInterrupt)


def callback_raises():
    for error in TimeoutError, ValueError:

        def report(done, error=error):
            seen.append(done.item)
            raise error

        seen = []
        done = call_all(abs, range(50), workers=2, total_timeout=60, report=report)
        assert [one.value for one in done] == list(range(50))
        assert sorted(seen) == list(range(50))


def source_fails():
    def source(error):
        yield 0
        yield 1
        raise error

    for error in OSError("disk"), TimeoutError("slow"), SystemExit(1):
        seen = []
        try:
            call_all(abs, source(error), workers=2, report=seen.append)
        except BaseException as caught:
            assert caught is error
        else:
            raise AssertionError("the error was lost")
        if isinstance(error, Exception):
            assert sorted(one.item for one in seen) == [0, 1]


def source_empty():
    assert call_all(abs, [], workers=3) == []
    assert call_all(abs, iter(()), workers=3, total_timeout=9) == []


def source_infinite():
    done = call_all(abs, itertools.count(), workers=3, total_timeout=0.2)
    assert len(done) > 3
    assert [one.value for one in done if one.error is None]
    assert [one.item for one in done] == list(range(len(done)))


def source_slow():
    """Calls are made while the next item is awaited."""
    called = threading.Event()

    def source():
        for number in range(4):
            yield number
            assert called.wait(50)
            called.clear()

    done = call_all(lambda item: called.set(), source(), workers=2)
    assert [one.error for one in done] == [None] * 4


def bad_numbers():
    refused(lambda **numbers: call_all(abs, [1], **numbers), workers=1, total_timeout=5)


def waits():
    def call(item):
        say("going")
        time.sleep(0.5)

    try:
        call_all(call, range(400_000), workers=2)
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c():
    with Program("call_all", "waits") as program:
        program.wait_for("going", 4)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.split()[-1] == "interrupted"
    assert said.count("going") <= 6, said
    assert status == 0


def ctrl_c_twice():
    with Program("call_all", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.count("going") <= 6, said


def sigterm():
    with Program("call_all", "waits") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGTERM)
        _, status = program.end()
    assert status == -signal.SIGTERM


def error_keeps_traceback():
    def deep_inside(item):
        raise LookupError(item)

    done = call_all(lambda item: deep_inside(item), [7], workers=1)
    assert has_traceback(done[0].error, "deep_inside")
    go = threading.Event()
    done = call_all(lambda item: go.wait(0.3), [1, 2], workers=1, total_timeout=0.1)
    assert done[0].error is None
    assert isinstance(done[1].error, NotDone)
    assert "2" in str(done[1].error)
