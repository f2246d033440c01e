"""All schedules of an asyncio program, found another way than the explorer does.

Another loop, another enumeration (an odometer over the choices, without a queue of what is left to do), and
another way to tell asyncio's own callbacks, which run as soon as they can.
"""

import asyncio
import collections
import contextlib
import functools
import heapq
import io
import os
from pathlib import Path

LIBRARY = Path(os.__file__).parent / "asyncio"


class Stuck(Exception):
    """Nothing can run and no timer is set."""


class Endless(Exception):
    """Too many steps."""


def kind_of(handle):
    """What a handle runs: a step of a "task", asyncio's "own", or what the "program" gave to the loop."""
    callback = handle._callback
    while isinstance(callback, functools.partial):
        callback = callback.func
    code = getattr(callback, "__code__", None)
    if code is None:
        steps = ("TaskStepMethWrapper", "TaskWakeupMethWrapper")
        named = getattr(callback, "__name__", "") in ("wakeup", "task_wakeup", "__step", "step")
        is_step = type(callback).__name__ in steps or (
            named and isinstance(getattr(callback, "__self__", None), asyncio.Task)
        )
        return "task" if is_step else "program"
    if Path(code.co_filename).parent != LIBRARY:
        return "program"
    if code.co_name == "_on_task_done" and handle._args[0]._exception is not None:
        return "program"  # a group that learns of a failure cancels tasks
    return "own" if code.co_name.startswith("_") else "program"


class ChoosingLoop(asyncio.BaseEventLoop):
    """A loop that runs one handle a round: which, its odometer says."""

    def __init__(self, prefix, max_steps):
        super().__init__()
        self.prefix, self.left = prefix, max_steps
        self.path, self.widths = [], []
        self.clock = 0.0
        self.made = {}  # a timer's place among all
        self.is_over = False

    def time(self):
        return self.clock

    def _write_to_self(self):
        pass

    def call_at(self, when, callback, *args, context=None):
        timer = super().call_at(round(when, 9), callback, *args, context=context)
        self.made[timer] = len(self.made)
        return timer

    def make_due(self):
        """Move what is due into the queue; move the clock if nothing else can run."""
        timers = sorted(
            (timer for timer in self._scheduled if not timer._cancelled),
            key=lambda timer: (timer._when, self.made[timer]),
        )
        if not self._ready:
            if not timers:
                raise Stuck
            self.clock = max(self.clock, timers[0]._when)
        for timer in timers:
            if timer._when <= self.clock:
                self._scheduled.remove(timer)
                timer._scheduled = False
                self._ready.append(timer)
        heapq.heapify(self._scheduled)

    def _run_once(self):
        alive = [handle for handle in self._ready if not handle._cancelled]
        self._ready.clear()
        self._ready.extend(alive)
        if self._stopping and not alive:
            return
        self.make_due()
        own = None if self.is_over else next((one for one in self._ready if kind_of(one) == "own"), None)
        chosen = own or self._ready[0 if self.is_over else self.choose(len(self._ready))]
        if own is None and not self.is_over:
            self.left -= 1
            if self.left < 0:
                raise Endless
        self._ready.remove(chosen)
        chosen._run()

    def choose(self, width):
        if width == 1:
            return 0
        point = len(self.path)
        choice = self.prefix[point] if point < len(self.prefix) else 0
        self.path.append(choice)
        self.widths.append(width)
        return choice


def one_run(main, prefix, max_steps):
    """Run one schedule; return (how it ended, the choices, between how many)."""
    loop = ChoosingLoop(prefix, max_steps)
    loop.set_exception_handler(lambda loop, context: None)
    with contextlib.redirect_stdout(io.StringIO()):
        task = loop.create_task(main())
        task.add_done_callback(asyncio.base_events._run_until_complete_cb)
        try:
            loop.run_forever()
            ending = f"raised {task.exception()!r}" if task.exception() else f"returned {task.result()!r}"
        except Stuck:
            ending = "deadlock"
        except Endless:
            ending = "endless"
        path, widths, loop.is_over = loop.path[:], loop.widths[:], True
        for left in asyncio.all_tasks(loop):
            left.cancel()
        while loop._ready or any(not timer._cancelled for timer in loop._scheduled):
            try:
                loop._stopping = False
                asyncio._set_running_loop(loop)
                loop._run_once()
            except (Stuck, RuntimeError):
                break
            finally:
                asyncio._set_running_loop(None)
        loop.close()
    return ending, path, widths


def count_endings(main, max_steps=1_000):
    """Return a Counter of how all schedules of main() end."""
    endings, prefix = collections.Counter(), []
    while True:
        ending, path, widths = one_run(main, prefix, max_steps)
        endings[ending] += 1
        while path and path[-1] + 1 == widths[len(path) - 1]:
            path.pop()
        if not path:
            return endings
        prefix = [*path[:-1], path[-1] + 1]
