"""Run CPython's async test cases on an event loop that runs already, as the page's does.

`unittest.IsolatedAsyncioTestCase` starts a loop for each test. In a page one runs and no other can; so what
that class gives to its runner is a task here. Cases of other kinds start loops themselves, and are left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import inspect
import io
import logging
import sys
import traceback
import types
import unittest
import warnings
from collections.abc import Iterator
from typing import Any

from tests.loops.run_cpython_tests import MODULES, cases_of, name_of

#: A test that takes longer hangs, in seconds.
TIME_LIMIT = 30


def load_package(folder: str) -> None:
    """Let `test` be found in a folder. `test.test_asyncio` skips everything where there are no sockets."""
    for name, place in (("test", "test"), ("test.test_asyncio", "test/test_asyncio")):
        package = types.ModuleType(name)
        package.__path__ = [f"{folder}/{place}"]
        package.__file__ = f"{folder}/{place}/__init__.py"
        sys.modules[name] = package


class Adapter:
    """What stands for the runner of one test case."""

    def __init__(self, case: Any) -> None:
        self.loop: Any = asyncio.get_running_loop()
        self.case = case
        self.context = contextvars.copy_context()
        self.before = asyncio.all_tasks()
        self.result = ["passed", ""]

    def note(self, error: BaseException) -> None:
        """Keep the first thing that went wrong."""
        if isinstance(error, unittest.SkipTest):
            result, text = "skipped", str(error)
        else:
            result, text = "failed", "".join(traceback.format_exception(error))[-3000:]
        if self.result[0] == "passed" or (self.result[0] == "skipped" and result == "failed"):
            self.result = [result, text]

    async def attempt(self, function: Any, *args: Any, **options: Any) -> bool:
        """Call a method of the case, or await it as a task of its own, in the context of the case."""
        try:
            if inspect.iscoroutinefunction(function):
                await self.as_task(function(*args, **options))
            else:
                self.context.run(function, *args, **options)
        except BaseException as error:
            self.note(error)
            return False
        finally:
            self.bring_back_loop()
        return True

    async def as_task(self, coro: Any) -> None:
        """Do what `asyncio.Runner.run` does, on the loop that runs."""
        factory = self.loop.get_task_factory()
        self.loop.set_task_factory(None)
        task = self.loop.create_task(coro, context=self.context)
        self.loop.set_task_factory(factory)
        # Nothing awaits the task: a test may look at who does.
        ended = asyncio.Event()
        task.add_done_callback(lambda _: ended.set())
        alarm = self.loop.call_later(TIME_LIMIT, ended.set)
        await ended.wait()
        alarm.cancel()
        if not task.done():
            task.cancel()
            raise AssertionError(f"longer than {TIME_LIMIT} s")
        task.result()

    def bring_back_loop(self) -> None:
        """Make the loop the running one again: a test may have made another."""
        asyncio._set_running_loop(self.loop)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asyncio.set_event_loop(self.loop)

    async def run(self) -> list[str]:
        """Run the case: [result, what it said]."""
        case, method = self.case, getattr(self.case, self.case._testMethodName)
        for thing in (type(case), method):
            if getattr(thing, "__unittest_skip__", False):
                return ["skipped", thing.__unittest_skip_why__]
        case.subTest = lambda *_, **__: contextlib.nullcontext()
        self.loop.set_debug(True)  # as the runner of such a case does
        if "Eager" in type(case).__name__:
            self.loop.set_task_factory(asyncio.eager_task_factory)
        try:
            if await self.attempt(case.setUp) and await self.attempt(case.asyncSetUp):
                await self.attempt(method)
                await self.attempt(case.asyncTearDown)
                await self.attempt(case.tearDown)
            while case._cleanups:
                function, args, options = case._cleanups.pop()
                await self.attempt(function, *args, **options)
        finally:
            await self.close()
        return self.result

    async def close(self) -> None:
        """Do what `asyncio.Runner.close` does, but leave the loop as it was found."""
        self.loop.set_debug(False)
        self.loop.set_task_factory(None)
        self.loop.set_exception_handler(None)
        left = asyncio.all_tasks() - self.before - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def fails_elsewhere(case: Any) -> bool:
    """Return whether a case fails on CPython's own turns, too: those of a VirtualLoop, a BaseEventLoop.

    Then it is about something that this Python's library lacks; its tests may be of a later version.
    """
    from overlap_trace.virtual_time import VirtualLoop, outside_of

    again = type(case)(case._testMethodName)
    if type(case).loop_factory is None or "Eager" not in type(case).__name__:
        again.loop_factory = VirtualLoop
    result = unittest.TestResult()
    with outside_of(asyncio.get_running_loop(), asyncio.current_task()):
        again.run(result)
    return not result.wasSuccessful()


def async_cases() -> Iterator[Any]:
    """Yield the async test cases of CPython."""
    for name in MODULES:
        try:
            module = importlib.import_module(f"test.{name}")
        except unittest.SkipTest:
            continue  # it is about sockets
        for case in cases_of(unittest.TestLoader().loadTestsFromModule(module)):
            if isinstance(case, unittest.IsolatedAsyncioTestCase):
                yield case


async def run_all(folder: str, only: str = "") -> dict[str, list[str]]:
    """Run the async test cases; return rows: name -> [result, what it said].

    The results are passed, failed, skipped, and "not in this library".
    """
    load_package(folder)
    logging.lastResort = None
    logging.getLogger().addHandler(logging.NullHandler())
    rows = {}
    for case in async_cases():
        if only in name_of(case):
            with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = await Adapter(case).run()
                if row[0] == "failed" and fails_elsewhere(case):
                    row[0] = "not in this library"
            rows[name_of(case)] = row
    return rows
