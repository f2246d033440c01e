"""The page's event loop: Pyodide's, with the turns of CPython's own.

The browser has an event loop already, so Pyodide's does not run: it asks the browser for a
callback for each function that is due. That is slow with many tasks, and in another order than
CPython's (`call_later(0, f)`, timers that are due at the same moment). This loop keeps what is
due in a queue, as `asyncio.BaseEventLoop` does, and asks the browser for one callback per turn.

Besides, it has no threads and says so, as CPython does where none can be started.

Runs inside Pyodide.
"""

from __future__ import annotations

import asyncio
import collections
import heapq
import itertools
import math
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import Context
from time import monotonic
from types import FrameType
from typing import Any, Final, NoReturn, TypeVar

from pyodide.ffi import create_once_callable, create_proxy
from pyodide.webloop import _MAX_TIMEOUT_MS, PyodideFuture, WebLoop, scheduleCallback

from .asyncio_run import named
from .errors import from_readers

T = TypeVar("T")

#: Cancelled timers are thrown away when there are more of them than this, and more than others.
MANY_CANCELLED: Final = 100


class PageTask(asyncio.Task[T], PyodideFuture[T]):
    """A task that JavaScript can await, as Pyodide's. That one would lose the context of a done callback."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        """Return the frames of the task, without those of the page that call it."""
        return from_readers(super().get_stack(limit=limit))


# Messages and reprs have these names.
PageTask.__name__ = PageTask.__qualname__ = "Task"
PageTask.__module__ = asyncio.Task.__module__


class PageLoop(WebLoop):
    """An event loop that calls what is due in the order of CPython 3.14."""

    #: How far ahead of its clock CPython looks for timers that are due, in seconds.
    _clock_resolution = time.get_clock_info("monotonic").resolution

    #: In debug mode the loop reports what holds it up for this long, in seconds.
    slow_callback_duration = 0.1

    #: The page's own loop always runs. Another one runs while the cell awaits its end (`asyncio_run`).
    _runs = False
    _is_the_pages = False
    _closed = False

    #: Called with tasks that are made with a context of their own.
    note_stray: Callable[[Any], object] = staticmethod(lambda task: None)

    def __init__(self) -> None:
        running = asyncio._get_running_loop()
        super().__init__()
        asyncio._set_running_loop(running)  # not this one: nothing runs it
        self._coroutine_origin_tracking_enabled = False
        self._stopping = False
        #: Who waits for the end of a run, and what ended it before its time.
        self.ended: asyncio.Future[None] | None = None
        self.raised: BaseException | None = None
        self._start_turns()

    @classmethod
    def adopt(cls, loop: Any) -> None:
        """Make Pyodide's running loop one of these. What it has asked the browser for still comes."""
        loop.__class__ = cls
        loop._start_turns()
        loop._runs = loop._is_the_pages = True

    def _start_turns(self) -> None:
        self._ready: collections.deque[asyncio.Handle] = collections.deque()
        self._scheduled: list[tuple[float, int, asyncio.TimerHandle]] = []  # a heap
        self._numbers = itertools.count()
        self._timer_cancelled_count = 0
        self._turn_is_asked_for = False
        # When the browser calls for timers, on the clock of time(); the next one is last.
        self._wakes: list[float] = []

    # -- what is due ------------------------------------------------------------------

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call `callback` in the coming turn."""
        self._check_closed()
        if self._debug:
            self._check_callback(callback, "call_soon")
        handle = asyncio.Handle(callback, args, self, context)
        if handle._source_traceback:
            del handle._source_traceback[-1]  # this frame
        self._ask_for_turn()
        self._ready.append(handle)
        return handle

    call_later = asyncio.BaseEventLoop.call_later

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call `callback` when `time()` is `when`."""
        if when is None:
            raise TypeError("when cannot be None")
        if math.isnan(when):  # also refuses what is no number: the heap could not sort it
            raise ValueError("Invalid delay: NaN (not a number)")
        self._check_closed()
        if self._debug:
            self._check_callback(callback, "call_at")
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        if timer._source_traceback:
            del timer._source_traceback[-1]
        # A browser's clock is coarse. Of timers for the same moment the first one made comes first, as in
        # CPython, where the clock is too fine for that.
        heapq.heappush(self._scheduled, (when, next(self._numbers), timer))
        timer._scheduled = True
        self._wake_for_next_timer()
        return timer

    _timer_handle_cancelled = asyncio.BaseEventLoop._timer_handle_cancelled

    # -- turns ------------------------------------------------------------------------

    # Asking can fail, with RecursionError for instance. Then it counts as not asked.

    def _ask_for_turn(self) -> None:
        if self._runs and not self._turn_is_asked_for:
            _call_from_browser(self._turn, 0)
            self._turn_is_asked_for = True

    def _wake_for_next_timer(self) -> None:
        when = self._next_timer()
        if not self._runs or when == math.inf or (self._wakes and when >= self._wakes[-1]):
            return

        def wake() -> None:
            self._wakes.remove(when)
            # Pyodide calls at once what is to wait for 2 ms or less, and a browser's timer has a longest
            # wait. Then this asks once more.
            self._run_turn()

        _call_from_browser(wake, math.ceil(min(max(0, when - self.time()) * 1000, _MAX_TIMEOUT_MS)))
        self._wakes.append(when)

    def _turn(self) -> None:
        self._turn_is_asked_for = False
        self._run_turn()

    def _run_turn(self) -> None:
        if self._is_the_pages:
            self._run_once()
        elif self._runs:  # it may have ended after it has asked the browser
            outer = asyncio._get_running_loop()
            try:
                self._run_once()
            except (SystemExit, KeyboardInterrupt) as error:
                self.raised = error
            finally:
                asyncio._set_running_loop(outer)
            if self._stopping or self.raised is not None:
                self.end()

    def _run_once(self) -> None:
        """Do what `BaseEventLoop._run_once` does, without the waiting."""
        self._install_running_loop()
        self._install_asyncgen_hooks()
        self._take_due_timers()
        self._wake_for_next_timer()
        try:
            # What these make ready has its turn in the next round.
            for _ in range(len(self._ready)):
                handle = self._ready.popleft()
                if not handle._cancelled:
                    self._run_handle(handle)
                del handle  # an exception keeps this frame, and it must not keep the task
        finally:
            if self._ready:  # one has raised what nobody handles
                self._ask_for_turn()

    def _run_handle(self, handle: asyncio.Handle) -> None:
        try:
            if self._debug:
                self._run_and_watch(handle)
            else:
                handle._run()
        except SystemExit as error:
            if not self._system_exit_handler:
                raise
            self._system_exit_handler(error.code)
        except KeyboardInterrupt:
            if not self._keyboard_interrupt_handler:
                raise
            self._keyboard_interrupt_handler()
        finally:
            del handle

    def _run_and_watch(self, handle: asyncio.Handle) -> None:
        self._current_handle: asyncio.Handle | None = handle
        try:
            began = self.time()
            handle._run()
            took = self.time() - began
            if took >= self.slow_callback_duration:
                name = asyncio.base_events._format_handle(handle)
                asyncio.log.logger.warning("Executing %s took %.3f seconds", name, took)
        finally:
            self._current_handle = None
            del handle  # as above

    def _take_due_timers(self) -> None:
        end = self.time() + self._clock_resolution
        while self._next_timer() < end:
            *_, timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            self._ready.append(timer)

    def _next_timer(self) -> float:
        """Return when the next timer is due; infinity if there is none."""
        timers = self._scheduled
        if self._timer_cancelled_count > MANY_CANCELLED and self._timer_cancelled_count * 2 > len(timers):
            timers[:] = [entry for entry in timers if not entry[2]._cancelled]
            heapq.heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
            self._timer_cancelled_count -= 1
        return timers[0][0] if timers else math.inf

    # -- tasks and futures --------------------------------------------------------------

    # Pyodide's count what is in progress, and report a failed task at once, even one that is awaited
    # later. These do neither; CPython says "Task exception was never retrieved" by itself.

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future that counts nothing."""
        return PyodideFuture(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:
        """Return a task, as in CPython 3.14: options such as `eager_start` reach it."""
        self._check_closed()
        if self._task_factory is not None:
            task = self._task_factory(self, coro, **options)
        else:
            task = PageTask(coro, loop=self, **(options if self._is_the_pages else named(options)))
            if task._source_traceback:
                del task._source_traceback[-1]  # this frame
        try:
            if options.get("context") is not None:
                self.note_stray(task)
            return task
        finally:
            del task  # its exception would keep this frame, and so the task

    _check_callback = asyncio.BaseEventLoop._check_callback
    default_exception_handler = asyncio.BaseEventLoop.default_exception_handler
    call_exception_handler = asyncio.BaseEventLoop.call_exception_handler

    # -- from beginning to end ------------------------------------------------------------

    def is_running(self) -> bool:
        """Return whether this loop runs, the page's own or one that a cell waits for."""
        return self._runs

    def begin(self) -> None:
        """Run from now on, until something stops the loop; then `ended` is set."""
        self._runs = True
        self._set_coroutine_origin_tracking(self._debug)
        self._ask_for_turn()
        self._wake_for_next_timer()

    def end(self) -> None:
        """Run no more, and tell who waits for it."""
        self._runs = self._stopping = False
        self._set_coroutine_origin_tracking(False)
        if self.ended is not None and not self.ended.done():
            self.ended.set_result(None)
        self.ended = None

    _set_coroutine_origin_tracking = asyncio.BaseEventLoop._set_coroutine_origin_tracking

    def stop(self) -> None:
        """Stop at the end of this turn. The page's own loop is not to be stopped."""
        if self._is_the_pages:
            raise RuntimeError("The page's own event loop cannot be stopped: every cell needs it.")
        self._stopping = True

    def run_forever(self) -> NoReturn:
        """Raise what CPython raises: only a call at the top level of a cell can wait."""
        self._check_closed()
        if self._runs:
            raise RuntimeError("This event loop is already running")
        raise RuntimeError("Cannot run the event loop while another loop is running")

    def run_until_complete(self, future: object) -> NoReturn:
        """Raise what CPython raises."""
        self.run_forever()

    def close(self) -> None:
        """Close a loop that does not run."""
        if self._runs:
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True
        self._ready.clear()
        self._scheduled.clear()

    _check_closed = asyncio.BaseEventLoop._check_closed
    is_closed = asyncio.BaseEventLoop.is_closed

    # -- what needs a thread --------------------------------------------------------------

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Do what CPython does, which needs a thread: in a page that is an error.

        Pyodide calls the function at once, on the loop, and says nothing: what a reader sees
        then is the opposite of what `asyncio.to_thread` is for.
        """
        if executor is None:
            executor = ThreadPoolExecutor(thread_name_prefix="asyncio")
        return asyncio.wrap_future(executor.submit(func, *args), loop=self)

    async def getaddrinfo(self, host: Any, port: Any, **options: int) -> list[Any]:
        """Look up an address without a thread, so that asyncio's streams fail for the reason they have."""
        return socket.getaddrinfo(host, port, **options)

    __repr__ = asyncio.BaseEventLoop.__repr__


PageLoop.__name__ = PageLoop.__qualname__ = "EventLoop"
PageLoop.__module__ = "asyncio"


#: Pyodide, too, calls at once what is to wait for this long or less, in milliseconds.
AT_ONCE: Final = 2

#: For this long, in seconds, turns follow each other before the browser has one: Stop and input are messages.
WITHOUT_MESSAGES: Final = 0.001


class BrowserTurns:
    """Calls functions one after the other, as soon as the browser is done with what it does.

    Pyodide's own way takes 4 ms and more in Safari, where it waits in `setTimeout`, and makes an object for
    JavaScript of each function. This sends itself a message, which takes 0.2 ms in WebKit; what is asked for
    in the millisecond that follows a message or a timer is a microtask. So the browser's other messages wait
    for a millisecond at most (two, by the clock of Firefox and Safari).
    """

    def __init__(self, js: Any) -> None:
        self._due: collections.deque[Callable[[], None]] = collections.deque()
        self._until = 0.0
        channel = js.MessageChannel.new()
        channel.port1.onmessage = create_proxy(self._have_message)
        self._send_message = channel.port2.postMessage
        self._make_microtask = js.queueMicrotask
        self._call = create_proxy(self._call_next)

    def ask(self, function: Callable[[], None]) -> None:
        """Call a function soon. If asking fails, it is not called."""
        if monotonic() < self._until:
            self._make_microtask(self._call)
        else:
            self._send_message(None)
        self._due.append(function)

    def ask_later(self, function: Callable[[], None], milliseconds: int) -> None:
        """Call a function after some time, which gives the browser a turn like a message."""
        scheduleCallback(create_once_callable(lambda: self._begin(function)), milliseconds)

    def _begin(self, function: Callable[[], None]) -> None:
        self._until = monotonic() + WITHOUT_MESSAGES
        function()

    def _have_message(self, _event: object) -> None:
        self._begin(self._due.popleft())

    def _call_next(self) -> None:
        self._due.popleft()()


_turns: BrowserTurns | None = None


def _call_from_browser(function: Callable[[], None], milliseconds: int) -> None:
    # Without a stack of its own, which only some browsers give: everywhere a task that does not await blocks.
    global _turns
    if _turns is None:
        import js  # type: ignore[import-not-found]

        # Not in Node, where the snapshot is made: a channel of one JavaScript does not get into another.
        if hasattr(js, "WorkerGlobalScope"):
            _turns = BrowserTurns(js)
    if _turns is None:
        scheduleCallback(create_once_callable(function), milliseconds)
    elif milliseconds <= AT_ONCE:
        _turns.ask(function)
    else:
        _turns.ask_later(function, milliseconds)
