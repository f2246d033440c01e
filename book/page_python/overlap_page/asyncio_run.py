"""`asyncio.run`, `asyncio.Runner` and `loop.run_until_complete`, awaited inside the page's running loop.

CPython's own block until their loop stops, and a page must not. So each of them has its like here, a
coroutine function that does the same in the same order and awaits where CPython's blocks. The loop
that runs is a new one beside the page's (`PageLoop.turns`), or in virtual time one that shares its clock.

Runs on CPython, too, around a VirtualLoop.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import sys
import threading
from asyncio import base_events, runners
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from types import TracebackType
from typing import Any, cast

from overlap_trace.virtual_time import (
    Deadlock,
    VirtualLoop,
    VirtualTimeError,
    follow,
    outside_of,
)

#: Numbers of the tasks in the runs of one cell.
_numbers = itertools.count(1)


def count_tasks_anew() -> None:
    """Let the next task of a run be called `Task-1`, as in a program that starts."""
    global _numbers
    _numbers = itertools.count(1)


def named(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of `create_task` with a name."""
    return options if options.get("name") else {**options, "name": f"Task-{next(_numbers)}"}


@contextmanager
def _outside() -> Iterator[None]:
    """Step out of the running loop, as code that CPython runs at the top level is."""
    with outside_of(asyncio._get_running_loop(), asyncio.current_task()):
        yield


class NestedVirtualLoop(VirtualLoop):
    """A virtual loop inside another one, by whose clock it goes and which calls its turns."""

    def __init__(self, outer: VirtualLoop) -> None:
        super().__init__()
        self.outer = outer
        self.ended: asyncio.Future[None] | None = None
        self.raised: BaseException | None = None
        self._in_turn = False
        self._coming: asyncio.Handle | None = None

    def time(self) -> float:
        """Return the virtual seconds of the cell."""
        return self.outer.time()

    def move_clock(self, when: float) -> None:
        """Set the clock of the cell forward."""
        self.outer.move_clock(when)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Return a task with a name of this cell's."""
        return super().create_task(coro, **named(options))

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call in the coming turn."""
        handle = super().call_soon(callback, *args, context=context)
        self._ask_for_turn()
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a virtual time."""
        timer = super().call_at(when, callback, *args, context=context)
        self._ask_for_turn()
        return timer

    def begin(self) -> None:
        """Run from now on, until something stops the loop; then `ended` is set."""
        self._thread_id = threading.get_ident()
        self._ask_for_turn()

    def end(self) -> None:
        """Run no more, and tell who waits for it."""
        self._thread_id = None
        self._stopping = False
        if self.ended is not None and not self.ended.done():
            self.ended.set_result(None)
        self.ended = None

    def _ask_for_turn(self) -> None:
        if self._in_turn or not self.is_running():
            return
        if self._coming is not None:
            self._coming.cancel()
        when = self.next_timer()
        if self._ready:
            self._coming = self.outer.call_soon(self._turn)
        elif when < math.inf:
            self._coming = self.outer.call_at(when, self._turn)

    def _turn(self) -> None:
        self._coming = None
        if not self.is_running():
            return
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)
        self._in_turn = True
        try:
            with outside_of(self.outer, None):
                asyncio._set_running_loop(self)
                if self._ready or self.next_timer() <= self.time():
                    self._run_once()
        except (SystemExit, KeyboardInterrupt) as error:
            self.raised = error
        finally:
            self._in_turn = False
            sys.set_asyncgen_hooks(*hooks)
        # Whose clock it is can wake these tasks, too.
        if not self._ready and min(self.next_timer(), self.outer.next_timer()) == math.inf:
            idle = not self.outer._ready and not self._stopping
            if idle and self.raised is None:
                self.raised = self._deadlock()
        if self._stopping or self.raised is not None:
            self.end()
        else:
            self._ask_for_turn()

    def _take_due_timers(self) -> None:
        self._clock = self.time()
        super()._take_due_timers()

    def _deadlock(self) -> Deadlock:
        self._clock = self.time()
        return super()._deadlock()

    _asyncgen_firstiter_hook: Any
    _asyncgen_finalizer_hook: Any


NestedVirtualLoop.__name__ = NestedVirtualLoop.__qualname__ = "VirtualLoop"  # its repr begins with it


@contextmanager
def _recorded(loop: Any) -> Iterator[None]:
    """Let the trace of the cell, if there is one, record a loop."""
    followed = follow.get()
    ended = followed(loop) if followed is not None else None
    try:
        yield
    finally:
        if ended is not None:
            ended()


async def run(
    main: Any, *, debug: bool | None = None, loop_factory: Callable[[], Any] | None = None
) -> object:
    """Do what `asyncio.run` does."""
    async with Waiting(asyncio.Runner(debug=debug, loop_factory=loop_factory)) as runner:
        return await run_in(runner, main)


async def run_in(runner: asyncio.Runner, coro: Any, *, context: Context | None = None) -> object:
    """Do what `Runner.run` does. Stop is its Ctrl-C: main is cancelled, and KeyboardInterrupt comes out."""
    loop: Any = runner.get_loop()
    with _recorded(loop):
        return await _run_main(runner, loop, coro, context)


async def _run_main(runner: asyncio.Runner, loop: Any, coro: Any, context: Context | None) -> object:
    with _outside():
        # Its checks, its context and its task are asyncio's own; only the wait is not.
        loop.run_until_complete = lambda task: task
        try:
            task: Any = runner.run(coro, context=context)
        finally:
            del loop.run_until_complete
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1 or task.done():
            raise KeyboardInterrupt
        task.cancel()

    try:
        return await run_until_complete(loop, task, interrupt)
    except asyncio.CancelledError:
        if interrupts and task.uncancel() == 0:
            raise KeyboardInterrupt from None
        raise


async def close(runner: Any) -> None:
    """Do what `Runner.close` does."""
    if runner._state is not runners._State.INITIALIZED:  # type: ignore[attr-defined]
        return
    loop = runner._loop
    try:
        # A set has no order. In that of their creation their last words are the same each time.
        left = sorted(asyncio.all_tasks(loop), key=lambda task: (len(task.get_name()), task.get_name()))
        if left:
            for task in left:
                task.cancel()
            with _outside():
                ended = asyncio.gather(*left, return_exceptions=True)
            await run_until_complete(loop, ended)
            for task in left:
                if not task.cancelled() and task.exception() is not None:
                    message = "unhandled exception during asyncio.run() shutdown"
                    told = {"message": message, "exception": task.exception(), "task": task}
                    loop.call_exception_handler(told)
        await run_until_complete(loop, loop.shutdown_asyncgens())
        await run_until_complete(loop, loop.shutdown_default_executor())
    finally:
        if runner._set_event_loop:
            asyncio.set_event_loop(None)
        loop.close()
        runner._loop = None
        runner._state = runners._State.CLOSED  # type: ignore[attr-defined]


def _raise_interrupt() -> None:
    raise KeyboardInterrupt


async def run_until_complete(
    loop: Any, future: Any, interrupt: Callable[[], None] = _raise_interrupt
) -> object:
    """Do what `loop.run_until_complete` does."""
    loop._check_closed()
    if loop.is_running():
        raise RuntimeError("This event loop is already running")
    is_new = not asyncio.isfuture(future)
    with _recorded(loop), _outside():
        future = asyncio.ensure_future(future, loop=loop)
    if is_new:
        future._log_destroy_pending = False
    future.add_done_callback(base_events._run_until_complete_cb)  # type: ignore[attr-defined]
    try:
        await run_forever(loop, interrupt)
    except BaseException:
        if is_new and future.done() and not future.cancelled():
            future.exception()  # it is on its way: no need to log it, too
        raise
    finally:
        future.remove_done_callback(base_events._run_until_complete_cb)  # type: ignore[attr-defined]
    if not future.done():
        raise RuntimeError("Event loop stopped before Future completed.")
    return future.result()


async def run_forever(loop: Any, interrupt: Callable[[], None] = _raise_interrupt) -> None:
    """Do what `loop.run_forever` does. `interrupt` hears Stop."""
    loop._check_closed()
    if loop.is_running():
        raise RuntimeError("This event loop is already running")
    if not hasattr(loop, "begin"):
        raise RuntimeError("Cannot run the event loop while another loop is running")
    outer = asyncio.get_running_loop()
    if isinstance(outer, VirtualLoop) and not isinstance(loop, VirtualLoop):
        raise VirtualTimeError(
            "This loop needs real time, and the cell runs in virtual time: call asyncio.run without a loop."
        )
    caller: Any = asyncio.current_task()
    loop.begin()
    try:
        while loop.is_running():
            loop.ended = outer.create_future()
            try:
                await loop.ended
            except asyncio.CancelledError:
                caller.uncancel()
                interrupt()
    finally:
        loop.end()
    if loop.raised is not None:
        try:
            raise loop.raised
        finally:
            loop.raised = None


class Waiting:
    """An async context manager in place of a plain one: it closes a runner as `with` does."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    async def __aenter__(self) -> Any:
        if isinstance(self.manager, asyncio.Runner):
            self.manager.get_loop()
            return self.manager
        return self.manager.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if isinstance(self.manager, asyncio.Runner):
            await close(self.manager)
            return None
        return cast(bool | None, self.manager.__exit__(kind, error, traceback))


async def wait(function: Any, /, *args: Any, **options: Any) -> object:
    """Call a function, or what stands here for one that would block."""
    if function is asyncio.run:
        return await run(*args, **options)
    if function is asyncio.get_event_loop:
        with _outside():
            loop = function(*args, **options)
        # The one that the cell has set; if it has set none, the one it runs in.
        return function() if loop.is_running() else loop
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, asyncio.Runner) and name in ("run", "close"):
        return await (run_in if name == "run" else close)(owner, *args, **options)
    if hasattr(owner, "begin") and name in ("run_until_complete", "run_forever"):
        return await (run_until_complete if name == "run_until_complete" else run_forever)(
            owner, *args, **options
        )
    return function(*args, **options)


# Pictures tell of a wait for them by these names.
run.__code__ = run.__code__.replace(co_qualname="asyncio.run")
run_in.__code__ = run_in.__code__.replace(co_qualname="Runner.run")
wait.__code__ = wait.__code__.replace(co_qualname="_wait")
