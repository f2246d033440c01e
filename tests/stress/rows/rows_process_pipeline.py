"""Stresses of results. What workers call is at the top level: it has to be found there."""

import asyncio
import itertools
import os
import signal
import sys
import threading
import time
from contextlib import closing

from process_pipeline import results
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "callback_raises": "It takes no callback.",
    "caller_cancelled": "It is a generator: who leaves it early closes it, as `source_infinite` does.",
    "swallows_cancellation": "Nothing is cancelled: workers are killed.",
}


def outcomes(function, items, **options):
    """All outcomes in the order of the items, which are numbers or in a list."""
    found = list(results(function, items, workers=2, **options))
    return sorted(found, key=lambda done: done.item if isinstance(done.item, int) else id(done.item))


def raises(item):
    if item == 1:
        raise asyncio.CancelledError
    if item == 2:
        sys.exit(3)
    if item == 3:
        raise KeyboardInterrupt
    return item


def foreign_cancellation():
    for chunk in 1, 3:
        done = outcomes(raises, range(5), chunk=chunk)
        assert [type(one.error).__name__ for one in done] == [
            "NoneType", "CancelledError", "SystemExit", "KeyboardInterrupt", "NoneType",
        ]  # fmt: skip


def system_exit():
    assert outcomes(raises, range(5))[2].error.code == 3


def keyboard_interrupt():
    assert outcomes(raises, range(5), chunk=5)[4].value == 4


def same(item):
    return item


def make(item):
    return threading.Lock() if item == 1 else item


class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def fail(item):
    if item == 1:
        raise TwoArguments(1, 2)
    return item


def unpicklable_item():
    done = list(results(same, [0, lambda: 1, 2], workers=2))
    assert len(done) == 3
    assert sum(one.error is not None for one in done) == 1


def unpicklable_value():
    for chunk in 1, 5:
        done = outcomes(make, range(10), chunk=chunk)
        assert [one.error is None for one in done] == [True, False, *[True] * 8]
        assert "lock" in str(done[1].error)


def unpicklable_error():
    done = outcomes(fail, range(4))
    assert [one.value for one in done] == [0, None, 2, 3]
    assert "1 and 2" in str(done[1].error)


def source_fails():
    def source(error):
        yield 0
        yield 1
        raise error

    for error in OSError("disk"), TimeoutError("slow"), SystemExit(1):
        found = []
        try:
            for done in results(same, source(error), workers=2):
                found.append(done.item)
        except BaseException as caught:
            assert caught is error
        else:
            raise AssertionError("the error was lost")
        assert sorted(found) == [0, 1] or not isinstance(error, Exception)


def source_empty():
    assert outcomes(same, []) == []


def source_infinite():
    def source():
        for number in itertools.count():
            read.append(number)
            yield number

    read = []
    with closing(results(same, source(), workers=2)) as found:
        for number, _ in enumerate(found):
            if number == 50:
                break
    assert len(read) <= 51 + 8


def source_slow():
    def source():
        for number in range(4):
            yield number
            time.sleep(0.02)

    assert [one.value for one in outcomes(same, source())] == [0, 1, 2, 3]


def bad_numbers():
    refused(lambda **numbers: next(results(same, [1], **numbers)), workers=1, chunk=1)


def hangs_in(item):
    say("going")
    while True:
        time.sleep(60)


def hangs():
    try:
        list(results(hangs_in, range(100), workers=2))
    except KeyboardInterrupt:
        say("interrupted")


def ended_by(number, times=1):
    with Program("process_pipeline", "hangs") as program:
        program.wait_for("going", 2)
        for _ in range(times):
            program.send(number)
        return program.end()


def ctrl_c():
    said, status = ended_by(signal.SIGINT)
    assert said.split() == ["going", "going", "interrupted"]
    assert status == 0


def ctrl_c_twice():
    ended_by(signal.SIGINT, times=2)


def sigterm():
    assert ended_by(signal.SIGTERM)[1] == -signal.SIGTERM


def parent_killed():
    assert ended_by(signal.SIGKILL)[1] == -signal.SIGKILL


def dies(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def worker_killed():
    done = outcomes(dies, range(6))
    assert [one.value for one in done] == [0, 1, 2, None, 4, 5]
    assert "SIGKILL" in str(done[3].error)


def deep_inside(item):
    return 1 / item


def error_keeps_traceback():
    assert has_traceback(outcomes(deep_inside, [0])[0].error, "in deep_inside")
