"""Stresses of compute_all. What workers call is at the top level: it has to be found there."""

import asyncio
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

from compute_all import NotDone, Unpicklable, WorkerDied, compute_all
from stress import Program, has_traceback, refused, say

NOT_HERE = {
    "caller_cancelled": "It is a blocking call: nothing can cancel who waits for it but Ctrl-C.",
    "swallows_cancellation": "Nothing is cancelled: workers are killed.",
}


def cancels(item):
    if item == 1:
        raise asyncio.CancelledError
    return item


def foreign_cancellation():
    for chunk in 1, 3:
        done = compute_all(cancels, range(5), workers=2, chunk=chunk)
        assert [one.value for one in done] == [0, None, 2, 3, 4]
        assert isinstance(done[1].error, asyncio.CancelledError)


def exits(item):
    if item == 1:
        sys.exit(3)
    if item == 2:
        raise KeyboardInterrupt
    return item


def system_exit():
    for chunk in 1, 3:
        done = compute_all(exits, range(5), workers=2, chunk=chunk)
        assert [one.value for one in done] == [0, None, None, 3, 4]
        assert done[1].error.code == 3


def keyboard_interrupt():
    done = compute_all(exits, range(5), workers=2, chunk=5)
    assert isinstance(done[2].error, KeyboardInterrupt)
    assert done[4].value == 4


class CannotTravel:
    def __reduce__(self):
        raise LookupError("not me")


def refuse():
    raise LookupError("not here")


class CannotArrive:
    def __reduce__(self):
        return refuse, ()


class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class NeverTravels(Exception):
    def __reduce__(self):
        raise LookupError("not me")


def same(item):
    return item


def make(item):
    return {1: CannotTravel, 2: CannotArrive, 3: threading.Lock}.get(item, int)()


def fail(item):
    if item == 1:
        raise TwoArguments(1, 2)
    if item == 2:
        raise NeverTravels("on its way")
    if item == 3:
        raise LookupError(lambda: 0)
    return item


def unpicklable_item():
    for chunk in 1, 9:
        items = [0, lambda: 1, CannotTravel(), CannotArrive(), 4]
        done = compute_all(same, items, workers=2, chunk=chunk, total_timeout=60)
        assert [one.value for one in done] == [0, None, None, None, 4]
        assert [one.error is None for one in done] == [True, False, False, False, True]
        assert all(one.item is item for one, item in zip(done, items, strict=True))
    done = compute_all(lambda item: item, [1, 2], total_timeout=60)
    assert ["lambda" in str(one.error) for one in done] == [True, True]


def unpicklable_value():
    for chunk in 1, 9:
        done = compute_all(make, range(5), workers=2, chunk=chunk, total_timeout=60)
        assert [one.value for one in done] == [0, None, None, None, 0], done
        assert [one.error is None for one in done] == [True, False, False, False, True]
        assert isinstance(done[1].error, LookupError)
        assert isinstance(done[2].error, LookupError)
        assert "lock" in str(done[3].error)


def unpicklable_error():
    for chunk in 1, 9:
        done = compute_all(fail, range(5), workers=2, chunk=chunk, total_timeout=60)
        assert [one.value for one in done] == [0, None, None, None, 4]
        assert "1 and 2" in str(done[1].error)
        assert "on its way" in str(done[2].error)
        assert all(isinstance(one.error, Unpicklable) for one in done[1:4])
        assert all(has_traceback(one.error, "in fail") for one in done[1:4])


def callback_raises():
    for error in TimeoutError, ValueError:

        def report(done, error=error):
            seen.append(done.item)
            raise error

        seen = []
        done = compute_all(same, range(50), workers=2, chunk=5, total_timeout=60, report=report)
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
            compute_all(same, source(error), workers=2, report=seen.append)
        except BaseException as caught:
            assert caught is error
        else:
            raise AssertionError("the error was lost")
        if isinstance(error, Exception):
            assert sorted(one.item for one in seen) == [0, 1]


def source_empty():
    assert compute_all(same, [], workers=3) == []
    assert compute_all(same, iter(()), total_timeout=9) == []


def source_infinite():
    for limit in 0.5, 5, 50:  # a busy machine needs longer to start workers
        done = compute_all(same, itertools.count(), workers=2, total_timeout=limit)
        if any(one.error is None for one in done):
            break
    assert [one.item for one in done] == list(range(len(done)))
    assert sum(one.error is None for one in done) > 1


def source_slow():
    """What was read is computed while the next item is awaited."""

    def source():
        for number in range(4):
            yield number
            time.sleep(0.05)

    done = compute_all(same, source(), workers=2)
    assert [one.value for one in done] == list(range(4))


def bad_numbers():
    refused(lambda **numbers: compute_all(same, [1], **numbers), workers=1, chunk=1, total_timeout=5)


def waits(item):
    say("going")
    if item == 0:
        subprocess.run(["sleep", "60"], check=False)
    while True:
        time.sleep(60)


def hangs():
    try:
        compute_all(waits, range(100), workers=2)
    except KeyboardInterrupt:
        say("interrupted")


def ctrl_c():
    with Program("compute_all", "hangs") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        said, status = program.end()
    assert said.split() == ["going", "going", "interrupted"], said
    assert status == 0


def ctrl_c_twice():
    with Program("compute_all", "hangs") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGINT)
        program.send(signal.SIGINT)
        program.end()


def sigterm():
    with Program("compute_all", "hangs") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGTERM)
        _, status = program.end()
    assert status == -signal.SIGTERM


def parent_killed():
    with Program("compute_all", "hangs") as program:
        program.wait_for("going", 2)
        program.send(signal.SIGKILL)
        _, status = program.end()
    assert status == -signal.SIGKILL


def dies(item):
    if item in (3, 4):
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def always_dies(item):
    os._exit(1)


def dies_once(path):
    if not os.path.exists(path):
        with open(path, "w"):
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    os.remove(path)
    return "second time"


def cannot_begin():
    os._exit(5)


def idle(number):
    time.sleep(number)


def worker_killed():
    for chunk in 1, 4:
        done = compute_all(dies, range(9), workers=2, chunk=chunk)
        assert [one.value for one in done] == [0, 1, 2, None, None, 5, 6, 7, 8]
        assert [type(one.error) for one in done[3:5]] == [WorkerDied] * 2
        assert "SIGKILL" in str(done[3].error)
    # Who was killed from outside is tried again.
    assert compute_all(dies_once, ["flag"], workers=1)[0].value == "second time"
    # A batch that cannot go on gives up, and says so.
    for function, prepare in (always_dies, None), (same, cannot_begin):
        done = compute_all(function, range(100), workers=2, prepare=prepare)
        assert [one.item for one in done] == list(range(100))
        assert {type(one.error) for one in done} <= {WorkerDied, NotDone}
        assert isinstance(done[-1].error.__cause__, WorkerDied)
    # Whoever else is a child of the program is left alone.
    other = multiprocessing.Process(target=idle, args=(60,))
    other.start()
    try:
        done = compute_all(idle, [0, 60], workers=2, total_timeout=1)
        assert isinstance(done[1].error, NotDone)
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


def deep_inside(item):
    return 1 / item


def error_keeps_traceback():
    done = compute_all(deep_inside, [0], workers=1)
    assert isinstance(done[0].error, ZeroDivisionError)
    assert has_traceback(done[0].error, "in deep_inside")
