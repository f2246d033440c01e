"""Run CPython's own tests of asyncio in this Python, with one of our parts in place of one of its own.

    python run_cpython_tests.py MODE FOLDER

`FOLDER` has the package `test`. `MODE` is

    stock      nothing is replaced: what the others are compared with
    virtual    every event loop is a VirtualLoop
    traced     a trace is open on every event loop, as long as it exists

Prints one object as JSON: `rows` has for each test its result and what it said, `doubts` what the tracer
said against itself, `spans` how many spans it drew.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import logging
import signal
import sys
import traceback
import unittest
import warnings
from asyncio import base_events, unix_events
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

MODULES = (
    "test_asyncgen",
    "test_asyncio.test_base_events",
    "test_asyncio.test_eager_task_factory",
    "test_asyncio.test_futures",
    "test_asyncio.test_futures2",
    "test_asyncio.test_graph",
    "test_asyncio.test_locks",
    "test_asyncio.test_pep492",
    "test_asyncio.test_queues",
    "test_asyncio.test_runners",
    "test_asyncio.test_staggered",
    "test_asyncio.test_taskgroups",
    "test_asyncio.test_tasks",
    "test_asyncio.test_timeouts",
    "test_asyncio.test_waitfor",
)

#: A test that takes longer hangs, in seconds.
TIME_LIMIT = 30


def cases_of(suite: Any) -> Iterator[Any]:
    """Yield the test cases of a suite, those of the suites in it included."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from cases_of(one)
        else:
            yield one


def name_of(case: Any) -> str:
    """Return the short name of a test case: test_tasks.CTaskTests.test_cancel."""
    return case.id().removeprefix("test.").removeprefix("test_asyncio.")


# -- virtual ---------------------------------------------------------------------------------


def use_virtual_loops() -> None:
    """Let whatever makes an event loop make a virtual one."""
    from overlap_trace.virtual_time import VirtualLoop
    from test.test_asyncio import utils

    for policy in ("_UnixDefaultEventLoopPolicy", "_DefaultEventLoopPolicy"):
        if hasattr(unix_events, policy):
            getattr(unix_events, policy)._loop_factory = VirtualLoop
    for name in ("EventLoop", "SelectorEventLoop"):
        if hasattr(asyncio, name):
            setattr(asyncio, name, VirtualLoop)
    asyncio.BaseEventLoop = VirtualLoop  # type: ignore[misc]
    utils.TestLoop = test_loop(VirtualLoop, utils.TestLoop)


def test_loop(base: Any, stock: Any) -> Any:
    """Return CPython's TestLoop on another loop.

    Its generator checks for when each timer is set, and says how far to move the clock; this loop moves
    its own clock, to the same moments.
    """

    class TestLoop(base):  # type: ignore[misc]
        def __init__(self, gen: Any = None) -> None:
            self._timers: list[float] = []
            super().__init__()
            self._check_on_close = gen is not None
            self._gen = gen() if gen else iter([None])
            next(self._gen)
            self.readers: dict[int, Any] = {}
            self.writers: dict[int, Any] = {}
            self.reset_counters()

        reset_counters = stock.reset_counters

        def advance_time(self, advance: float) -> None:
            self.move_clock(self.time() + advance)

        def call_at(self, when: float, *args: Any, **options: Any) -> Any:
            self._timers.append(when)
            return super().call_at(when, *args, **options)

        def _run_once(self) -> None:
            super()._run_once()
            timers, self._timers = self._timers, []
            if self._check_on_close:
                for when in timers:
                    self._gen.send(when)

        def close(self) -> None:
            super().close()
            if self._check_on_close:
                with contextlib.suppress(StopIteration):
                    self._gen.send(0)
                    raise AssertionError("Time generator is not finished")

    return TestLoop


class Instead:
    """`asyncio.base_events` as test_base_events sees it: with another BaseEventLoop."""

    def __init__(self, loop_class: Any) -> None:
        self.__dict__["BaseEventLoop"] = loop_class

    def __getattr__(self, name: str) -> Any:
        return getattr(base_events, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(base_events, name, value)


# -- traced ----------------------------------------------------------------------------------


class Doubts:
    """What the tracer said against itself, by test."""

    def __init__(self) -> None:
        self.test = ""
        self.found: list[tuple[str, str]] = []
        self.spans = 0

    def check(self, traced: Any) -> None:
        """End a trace, and look at what it drew."""
        try:
            traced.__exit__(None, None, None)
            timeline = traced.timeline
            str(timeline), timeline.to_dict()
        except BaseException:
            self.found.append((self.test, traceback.format_exc(limit=-3)))
            return
        self.spans += len(timeline.spans)
        if timeline.remark:
            self.found.append((self.test, timeline.remark))
        running = sorted((s.start, s.end, s.lane) for s in timeline.spans if s.state == "running")
        for one, other in pairwise(running):
            # The first step of an eager task lies within a step of the task that made it.
            if one[2] != other[2] and other[0] < one[1] - 2e-6 and other[1] > one[1] + 2e-6:
                self.found.append((self.test, f"two tasks run at once: {one} and {other}"))
                break
        for span in timeline.spans:
            if span.end < span.start:
                self.found.append((self.test, f"ends before it begins: {span}"))


def trace_all_loops(doubts: Doubts) -> None:
    """Open a trace on each loop when it first runs, and end it when the loop is closed."""
    from overlap_trace import asyncio_tracer, coroutines

    plain = coroutines.in_library
    asyncio_tracer.in_library = coroutines.in_library = (  # the tests are the reader's code
        lambda file: "/test/" not in file and plain(file)
    )
    loop_class: Any = base_events.BaseEventLoop
    run_forever, close = loop_class.run_forever, loop_class.close

    def run_traced(loop: Any) -> None:
        if "_traced" not in vars(loop) and not loop.is_closed() and not loop.is_running():
            loop._traced = asyncio_tracer.trace("A test")
            loop._traced._start(loop, __file__, "this test")
        run_forever(loop)

    def close_traced(loop: Any) -> None:
        traced = vars(loop).pop("_traced", None)
        if traced is not None:
            doubts.check(traced)
        close(loop)

    loop_class.run_forever, loop_class.close = run_traced, close_traced


# -- running ---------------------------------------------------------------------------------


class Result(unittest.TestResult):
    """The results as rows: name -> [result, what it said]."""

    def __init__(self, rows: dict[str, list[str]], doubts: Doubts) -> None:
        super().__init__()
        self.rows = rows
        self.doubts = doubts

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.doubts.test = name_of(test)
        self.rows[name_of(test)] = ["passed", ""]
        signal.alarm(TIME_LIMIT)

    def stopTest(self, test: Any) -> None:
        signal.alarm(0)
        super().stopTest(test)

    def note(self, test: Any, result: str, text: str) -> None:
        row = self.rows.setdefault(name_of(test), ["passed", ""])
        if row[0] in ("passed", "skipped"):
            row[:] = result, text[-3000:]

    def addError(self, test: Any, err: Any) -> None:
        self.note(test, "failed", "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.addError(test, err)

    def addSkip(self, test: Any, reason: str) -> None:
        self.note(test, "skipped", reason)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.note(test, "failed", "it was expected to fail")


class Hangs(BaseException):
    """A test took too long."""


def ring(*_: object) -> None:
    """End a test that hangs."""
    raise Hangs(f"longer than {TIME_LIMIT} s")


def guarded(run: Any) -> Any:
    """Return TestCase.run, so that what gets out of a test, SystemExit for instance, is its failure."""

    def run_case(case: Any, result: Any) -> None:
        try:
            run(case, result)
        except BaseException as error:
            result.note(case, "failed", "".join(traceback.format_exception(error)))
        finally:
            signal.alarm(0)
            asyncio._set_running_loop(None)

    return run_case


def main(mode: str, folder: str, *only: str) -> dict[str, Any]:
    """Run the tests; return what is to be printed."""
    book = Path(__file__).parents[2] / "book"
    sys.path[:0] = [folder, str(book / "contract"), str(book / "trace")]
    signal.signal(signal.SIGALRM, ring)
    logging.lastResort = None
    logging.getLogger().addHandler(logging.NullHandler())
    for case_class in (unittest.TestCase, unittest.IsolatedAsyncioTestCase):
        case_class.run = guarded(case_class.run)  # type: ignore[method-assign]
    rows: dict[str, list[str]] = {}
    doubts = Doubts()
    if mode == "virtual":
        use_virtual_loops()
    elif mode == "traced":
        trace_all_loops(doubts)
    for name in MODULES:
        try:
            module = importlib.import_module(f"test.{name}")
        except ModuleNotFoundError:
            continue  # of a newer Python
        if mode == "virtual" and hasattr(module, "base_events"):
            module.base_events = Instead(asyncio.BaseEventLoop)
        cases = cases_of(unittest.TestLoader().loadTestsFromModule(module))
        chosen = [case for case in cases if not only or any(part in name_of(case) for part in only)]
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            unittest.TestSuite(chosen).run(Result(rows, doubts))
    return {"rows": rows, "doubts": doubts.found, "spans": doubts.spans}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
