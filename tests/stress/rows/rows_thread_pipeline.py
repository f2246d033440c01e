"""Stresses of consume_all for threads."""

import asyncio
import itertools
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError

from stress import Program, has_traceback, refused, say
from thread_pipeline import consume_all

NOT_HERE = {
    "unpicklable_item": "Nothing is pickled: threads share all objects.",
    "unpicklable_value": "Nothing is pickled: threads share all objects.",
    "unpicklable_error": "Nothing is pickled: threads share all objects.",
    "worker_killed": "It starts no process.",
    "parent_killed": "It starts no process.",
    "caller_cancelled": "It is a blocking call: nothing can cancel who waits for it but Ctrl-C.",
    "swallows_cancellation": "Nothing is cancelled: a thread cannot be, as its docstring says.",
}


def failing(error):
    """All items but 1 and 2 are done; these two have failed with the error."""

    def call(item):
        if item in (1, 2):
            raise error
        done.append(item)

    done = []
    failed = consume_all(range(6), call, consumers=2, ahead=2)
    assert sorted(done) == [0, 3, 4, 5]
    assert sorted(one.item for one in failed) == [1, 2]
    assert all(one.error is error for one in failed)


def foreign_cancellation():
    failing(CancelledError())
    failing(asyncio.CancelledError())


def system_exit():
    failing(SystemExit(3))


def keyboard_interrupt():
    """Ctrl-C reaches the main thread only: raised by a call it is that call's error."""
    failing(KeyboardInterrupt())


def callback_raises():
    def failed(item, error):
        told.append(item)
        sys.exit(1)

    told = []
    assert consume_all(range(6), lambda item: 1 / 0, consumers=2, ahead=2, failed=failed) == []
    assert sorted(told) == list(range(6))


def source_fails():
    def source(error):
        yield from range(6)
        raise error

    def call(item):
        time.sleep(0.001)
        done.append(item)

    for error in OSError("disk"), TimeoutError("slow"), SystemExit(1):
        done = []
        try:
            consume_all(source(error), call, consumers=2, ahead=3)
        except BaseException as caught:
            assert caught is error
        else:
            raise AssertionError("the error was lost")
        assert sorted(done) == list(range(6)) or not isinstance(error, Exception)


def source_empty():
    assert consume_all([], None, consumers=3, ahead=1) == []


def source_infinite():
    def source():
        for number in itertools.count():
            if len(done) > 100:
                raise EOFError
            yield number

    done = []
    try:
        consume_all(source(), done.append, consumers=3, ahead=2)
    except EOFError:
        pass
    assert sorted(done) == list(range(len(done)))


def source_slow():
    """An item is consumed while the next one is awaited."""
    called = threading.Event()

    def source():
        for number in range(4):
            yield number
            assert called.wait(50)
            called.clear()

    assert consume_all(source(), lambda item: called.set(), consumers=2, ahead=2) == []


def bad_numbers():
    refused(lambda **numbers: consume_all([1], print, **numbers), consumers=1, ahead=1)


def waits():
    def call(item):
        say("going")
        time.sleep(0.5)

    try:
        consume_all(itertools.count(), call, consumers=4, ahead=1)
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c():
    with Program("thread_pipeline", "waits") as program:
        program.wait_for("going", 4)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.split()[-1] == "interrupted"
    assert said.count("going") <= 9, said
    assert status == 0


def ctrl_c_twice():
    with Program("thread_pipeline", "waits") as program:
        program.wait_for("going", 4)
        program.send(signal.SIGINT)
        program.send(signal.SIGINT)
        said, _ = program.end()
    assert said.count("going") <= 9, said


def sigterm():
    with Program("thread_pipeline", "waits") as program:
        program.wait_for("going", 4)
        program.send(signal.SIGTERM)
        _, status = program.end()
    assert status == -signal.SIGTERM


def error_keeps_traceback():
    def deep_inside(item):
        raise LookupError(item)

    failed = consume_all([7], lambda item: deep_inside(item), consumers=1, ahead=1)
    assert has_traceback(failed[0].error, "deep_inside")
