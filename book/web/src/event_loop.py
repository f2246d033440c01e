"""The page's event loop: Pyodide's, with the turns of CPython's own.

The browser has an event loop already, so Pyodide's does not run: it asks the browser for a
callback for each function that is due. That is slow with many tasks, and in another order than
CPython's (`call_later(0, f)`, timers that are due at the same moment). This loop keeps what is
due in a queue, as `asyncio.BaseEventLoop` does, and asks the browser for one callback per turn.

Besides, it has no threads and says so, as CPython does where none can be started.

Runs inside Pyodide.
"""

import asyncio
import collections
import gc
import heapq
import itertools
import math
import time
import weakref

from pyodide.ffi import create_once_callable
from pyodide.webloop import PyodideTask, WebLoop, scheduleCallback

#: The longest that a browser's timer waits, in milliseconds; a longer wait is made of several.
LONGEST_WAIT = 2**31 - 1

#: Cancelled timers are thrown away when there are more of them than this, and more than others.
MANY_CANCELLED = 100


class PageLoop(WebLoop):
    """Calls what is due in the order of CPython 3.14."""

    #: How far ahead of its clock CPython looks for timers that are due, in seconds.
    _clock_resolution = time.get_clock_info("monotonic").resolution

    #: In debug mode the loop reports what holds it up for this long, in seconds.
    slow_callback_duration = 0.1

    def __init__(self):
        running = asyncio._get_running_loop()
        super().__init__()
        if running is not None:  # a new loop is not the running one before it runs
            asyncio._set_running_loop(running)
        self._start_turns()

    @classmethod
    def adopt(cls, loop):
        """Make a loop of Pyodide's one of these. What it has asked the browser for still comes."""
        loop.__class__ = cls
        loop._start_turns()

    def _start_turns(self):
        self._ready = collections.deque()
        self._scheduled = []  # a heap of (when, number, timer)
        self._numbers = itertools.count()
        self._cancelled_timers = 0
        self._turn_is_asked_for = False
        self._wakes_at = math.inf  # when the browser calls for the next timer, on the clock of time()

    # -- what is due ------------------------------------------------------------------

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        self._ask_for_turn()
        return handle

    def call_later(self, delay, callback, *args, context=None):
        if delay is None:
            raise TypeError("delay must not be None")
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        if when is None:
            raise TypeError("when cannot be None")
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        # A browser's clock is coarse. Of timers for the same moment the first one made comes first, as in
        # CPython, where the clock is too fine for that.
        heapq.heappush(self._scheduled, (when, next(self._numbers), timer))
        timer._scheduled = True
        self._wake_for_next_timer()
        return timer

    def _timer_handle_cancelled(self, timer):
        """A timer calls this when it is cancelled."""
        if timer._scheduled:
            self._cancelled_timers += 1

    # -- turns ------------------------------------------------------------------------

    def _ask_for_turn(self):
        if not self._turn_is_asked_for:
            self._turn_is_asked_for = True
            _call_from_browser(self._turn, 0)

    def _wake_for_next_timer(self):
        when = self._next_timer()
        if when >= self._wakes_at:
            return
        self._wakes_at = when

        def wake():
            if self._wakes_at == when:
                self._wakes_at = math.inf
            # Pyodide calls at once what is to wait for 2 ms or less. Then this asks once more.
            self._run_turn()

        _call_from_browser(wake, min(math.ceil(max(0, when - self.time()) * 1000), LONGEST_WAIT))

    def _turn(self):
        self._turn_is_asked_for = False
        self._run_turn()

    def _run_turn(self):
        """What `BaseEventLoop._run_once` does, without the waiting."""
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
            if self._ready:  # one has raised SystemExit, say
                self._ask_for_turn()

    def _run_handle(self, handle):
        began = self.time()
        try:
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
            if self._debug and (took := self.time() - began) >= self.slow_callback_duration:
                asyncio.log.logger.warning(
                    "Executing %s took %.3f seconds", asyncio.base_events._format_handle(handle), took
                )
            del handle

    def _take_due_timers(self):
        end = self.time() + self._clock_resolution
        while self._next_timer() < end:
            *_, timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            self._ready.append(timer)

    def _next_timer(self):
        """When the next timer is due; infinity if there is none."""
        timers = self._scheduled
        if self._cancelled_timers > MANY_CANCELLED and self._cancelled_timers * 2 > len(timers):
            timers[:] = [entry for entry in timers if not entry[2]._cancelled]
            heapq.heapify(timers)
            self._cancelled_timers = 0
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
            self._cancelled_timers -= 1
        return timers[0][0] if timers else math.inf

    # -- tasks ------------------------------------------------------------------------

    def create_task(self, coro, **options):
        """As in CPython 3.14: options such as `eager_start` reach the task."""
        if self._task_factory is None:
            task = PyodideTask(coro, loop=self, **options)
        else:
            task = self._task_factory(self, coro, **options)
        self._in_progress += 1
        task.add_done_callback(self._decrement_in_progress)
        try:
            return task
        finally:
            del task  # its exception would keep this frame, and so the task

    def _decrement_in_progress(self, future=None):
        """Count a task or future that has ended, without Pyodide's guess at unhandled exceptions.

        It reports a failed task at once, even one that is awaited later, and by looking at the
        exception it silences what CPython says: "Task exception was never retrieved".
        """
        self._in_progress -= 1
        if self._no_in_progress_handler and self._in_progress == 0:
            self._no_in_progress_handler()
        if getattr(future, "_log_traceback", False):
            self.call_soon(_collect_if_unretrieved, weakref.ref(future))

    default_exception_handler = asyncio.BaseEventLoop.default_exception_handler

    # -- what needs a thread, or a loop that is not running ------------------------------

    def run_until_complete(self, future):
        """What CPython says while the loop runs."""
        raise RuntimeError("This event loop is already running")

    def run_in_executor(self, executor, func, *args):
        """As in CPython, which needs a thread: in a page that is an error.

        Pyodide calls the function at once, on the loop, and says nothing: what a reader sees
        then is the opposite of what `asyncio.to_thread` is for.
        """
        from concurrent.futures import ThreadPoolExecutor

        if executor is None:
            executor = ThreadPoolExecutor(thread_name_prefix="asyncio")
        return asyncio.wrap_future(executor.submit(func, *args), loop=self)

    async def getaddrinfo(self, host, port, **options):
        """Without a thread, so that asyncio's streams fail for the reason they have."""
        import socket

        return socket.getaddrinfo(host, port, **options)


def _call_from_browser(function, milliseconds):
    # Without a stack of its own, which only some browsers give: everywhere a task that does not await blocks.
    scheduleCallback(create_once_callable(function), milliseconds)


def _collect_if_unretrieved(future):
    """Let a failed task that nobody holds say so. Here it is in a cycle; in CPython it is not."""
    if getattr(future(), "_log_traceback", False):
        gc.collect()
