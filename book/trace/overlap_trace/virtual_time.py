"""Run asyncio programs on a clock that never waits.

The loop is asyncio's own (BaseEventLoop), with one difference: when no task can run,
it does not sleep until the next timer, it moves its clock there. So two hours of
asyncio.sleep take milliseconds, and the same program does the same thing every time.

What is virtual: loop.time(), and with it asyncio.sleep, timeout, wait_for, call_later.
It starts at 0 and is in seconds. Running code takes no virtual time.

What is not: the time module. time.monotonic, time.perf_counter and time.time go on
showing real time, and time.sleep blocks for real. Use now() and hold() instead.

The network, threads and subprocesses need real time. They are refused.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import math
import threading
import time
from asyncio import base_events
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from itertools import count
from typing import Any, NoReturn, TypeVar, cast
from weakref import WeakKeyDictionary

from .coroutines import TASK_TYPES, call_label, has_started
from .spans import format_seconds
from .waits import Wait, describe_wait, is_plain_name

T = TypeVar("T")

# `await virtual(...)` lets the loop around it breathe this often, in real seconds:
# a page shows output and can be stopped.
SLICE_SECONDS = 0.050

# asyncio.run cancels what is left when main is done, and then waits. A task that
# refuses to end would keep it waiting for ever; here it is an error.
CLOSING_ROUNDS = 100_000

# The clock moves when no task can run. A loop that waits for a timer without ever waiting itself,
# `while not done: await asyncio.sleep(0)`, would keep it still for ever; after so many rounds it is an error.
STANDSTILL_ROUNDS = 1_000_000

# A message names so many tasks; the error itself has all of them.
MOST_TASKS_NAMED = 20


# Who wants to know of a virtual loop that the current code starts: follow.get()(loop) is
# called before it runs, and what that returns when it has run.
Follower = Callable[["VirtualLoop"], Callable[[], object]]
follow: ContextVar[Follower | None] = ContextVar("follow", default=None)


class VirtualTimeError(RuntimeError):
    """The program asked for something that virtual time does not have."""


class TooManySteps(RuntimeError):
    """The program did not come to its end within the allowed number of rounds."""


class Deadlock(RuntimeError):
    """No task can run, no timer is set, and main is not done.

    `time` is when (virtual seconds), `waiting` says who waits for what: a list of Waiting.
    """

    def __init__(self, message: str, time: float, waiting: list[Waiting]) -> None:
        super().__init__(message)
        self.time = time
        self.waiting = waiting


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task that waits: its name, for what, and at which line of the program."""

    task: str
    wait: str
    place: str

    def __str__(self) -> str:
        return ", ".join(part for part in (f"{self.task} waits for {self.wait}", self.place) if part)


async def virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine `main` in virtual time, inside a running loop, and return its result.

        await virtual(main())

    For a notebook or a page. Its exceptions come out unchanged. Cancelling it cancels main.
    Raises Deadlock when every task waits for another, and VirtualTimeError when the
    program uses the network, threads or subprocesses, or is in virtual time already.
    """
    outer = asyncio.get_running_loop()
    if isinstance(outer, VirtualLoop):
        _close(main)
        raise VirtualTimeError(
            "This code runs in virtual time already: await the coroutine itself, without virtual()."
        )
    _check_main(main, "virtual")
    caller = asyncio.current_task()
    with outside_of(outer, caller):
        runner = new_runner()
        loop = cast(VirtualLoop, runner.get_loop())
        followed = follow.get()
        ended = followed(loop) if followed is not None else None
        task = loop.create_task(main)
        task.add_done_callback(loop.stop_when_done)
    try:
        while True:
            with outside_of(outer, caller):
                if loop.run_slice(task):
                    break
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError as error:
                task.cancel(*error.args)
        return task.result()
    finally:
        if ended is not None:
            ended()
        with outside_of(outer, caller):
            close_runner(runner)


def virtual_run(main: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine `main` in virtual time and return its result, as asyncio.run does.

        virtual_run(main())

    For a script. Raises what virtual() raises, and RuntimeError inside a running loop.
    """
    if asyncio._get_running_loop() is not None:
        _close(main)
        raise RuntimeError("An event loop is running here already: use 'await virtual(main())'.")
    _check_main(main, "virtual_run")
    runner = new_runner()
    try:
        return runner.run(main)
    finally:
        close_runner(runner)


def now() -> float:
    """Return the seconds on the clock of the running loop; in virtual time, since the run began."""
    return asyncio.get_running_loop().time()


def hold(seconds: float) -> None:
    """Keep the loop busy for so many virtual seconds, as a computation or time.sleep would.

    No task runs meanwhile. Timers that become due have to wait for their turn.
    Raises VirtualTimeError outside of virtual time, where there is no clock to move.
    """
    loop = asyncio._get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise VirtualTimeError("hold() moves the virtual clock: call it inside virtual(...).")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"hold() takes a number of seconds from 0 up, not {seconds!r}")
    loop.move_clock(loop.time() + seconds)


def _check_main(main: object, function: str) -> None:
    if inspect.iscoroutine(main):
        return
    name = getattr(main, "__name__", "main")
    if inspect.iscoroutinefunction(main):
        raise TypeError(f"{function}() takes a coroutine: write {function}({name}()), with parentheses.")
    raise TypeError(f"{function}() takes a coroutine, not {main!r}")


def _close(main: object) -> None:
    """Spare a refused coroutine the warning that it was never awaited."""
    if inspect.iscoroutine(main):
        main.close()


@contextmanager
def outside_of(loop: asyncio.AbstractEventLoop | None, task: asyncio.Task[Any] | None) -> Iterator[None]:
    """Step out of a running loop and its current task, so that another loop can run.

    Both may be None: then there is nothing to step out of.
    """
    if loop is not None and task is not None:
        asyncio.tasks._leave_task(loop, task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        if loop is not None and task is not None:
            asyncio.tasks._enter_task(loop, task)


def new_runner(loop_factory: Callable[[], VirtualLoop] | None = None) -> asyncio.Runner:
    """Return asyncio's own Runner, with a virtual loop in it: it starts and ends as asyncio.run does."""
    runner = asyncio.Runner(loop_factory=loop_factory or VirtualLoop)
    runner.get_loop()
    return runner


def close_runner(runner: asyncio.Runner) -> None:
    """Cancel the tasks that are left, close async generators, close the loop."""
    cast(VirtualLoop, runner.get_loop()).begin_closing()
    runner.close()


class _Timer(asyncio.TimerHandle):
    """A timer; those due at the same time run in the order of their calls.

    With a real clock two calls are never made at the same time, so asyncio need not care.
    """

    __slots__ = ("number",)

    number: int
    _when: float
    _scheduled: bool
    _source_traceback: list[Any] | None

    def __lt__(self, other: _Timer) -> bool:  # type: ignore[override]
        return (self._when, self.number) < (other._when, other.number)


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose clock moves only when nothing can run. Use virtual() to get one."""

    is_virtual = True

    # What asyncio's own loop has, and its types do not say.
    _ready: deque[asyncio.Handle]
    _scheduled: list[_Timer]
    _stopping: bool
    _thread_id: int | None
    _timer_cancelled_count: int
    _check_closed: Callable[[], None]
    _check_thread: Callable[[], None]
    _check_callback: Callable[[object, str], None]
    _current_handle: asyncio.Handle | None
    _debug: bool
    _task_factory: Callable[..., Any] | None

    def __init__(self) -> None:
        super().__init__()
        self._clock = 0.0
        self._timer_numbers = count()
        self._names = count(1)
        # task -> label, in the order of their creation
        self._labels: WeakKeyDictionary[asyncio.Task[Any], str] = WeakKeyDictionary()
        self._pause_at = math.inf
        self._paused = False
        self._closing = False
        self._rounds_left: float = math.inf
        self._rounds_at_this_time = 0

    # -- the clock ------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual seconds since the run began."""
        return self._clock

    def move_clock(self, when: float) -> None:
        """Set the clock forward. Whole nanoseconds, so that 3 times 0.1 s is 0.3 s."""
        self._clock = max(self._clock, round(float(when), 9))
        self._rounds_at_this_time = 0

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a virtual time."""
        if when is None:
            raise TypeError("when cannot be None")
        if math.isnan(when):
            raise ValueError("Invalid delay: NaN (not a number)")
        self._check_closed()
        if self._debug:
            self._check_thread()
            self._check_callback(callback, "call_at")
        timer = _Timer(round(when, 9), callback, args, self, context)
        if timer._source_traceback:
            del timer._source_traceback[-1]  # this frame
        timer.number = next(self._timer_numbers)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    # -- one round of the loop ---------------------------------------------------------

    def _run_once(self) -> None:
        """Run one round, in BaseEventLoop's own order, without its waiting. It calls this for ever."""
        if not self._ready and not self._stopping:
            self._move_to_next_timer()
        self._take_due_timers()
        # What these callbacks make ready has its turn in the next round.
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle._cancelled:
                self._run_handle(handle)
            del handle  # an exception keeps this frame, and it must not keep the task
        self._end_round()

    def _run_handle(self, handle: asyncio.Handle) -> None:
        if not self._debug:
            handle._run()
        else:
            self._run_and_watch(handle)
        del handle

    def _run_and_watch(self, handle: asyncio.Handle) -> None:
        """Report what holds the loop up: in virtual time, hold() does."""
        self._current_handle = handle
        try:
            began = self.time()
            handle._run()
            took = self.time() - began
            if took >= self.slow_callback_duration:
                name = base_events._format_handle(handle)  # type: ignore[attr-defined]
                logger = base_events.logger  # type: ignore[attr-defined]
                logger.warning("Executing %s took %.3f seconds", name, took)
        finally:
            self._current_handle = None
            del handle

    def _end_round(self) -> None:
        self._rounds_left -= 1
        self._rounds_at_this_time += 1
        if self._rounds_left < 0:
            self._give_up()
        if self._rounds_at_this_time > STANDSTILL_ROUNDS:
            self._rounds_at_this_time = 0
            if self.next_timer() < math.inf:
                raise self._standstill()
        if time.perf_counter() > self._pause_at:
            self._paused = self._stopping = True

    def _move_to_next_timer(self) -> None:
        when = self.next_timer()
        if when == math.inf:
            raise self._deadlock()
        self.move_clock(when)

    def next_timer(self) -> float:
        """Return when the next timer is due, in virtual seconds; infinity if there is none."""
        timers = self._scheduled
        if self._timer_cancelled_count > 100 and self._timer_cancelled_count * 2 > len(timers):
            timers[:] = [timer for timer in timers if not timer._cancelled]
            heapq.heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
            self._timer_cancelled_count -= 1
        return timers[0]._when if timers else math.inf

    def _take_due_timers(self) -> None:
        while self.next_timer() <= self._clock:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            self._ready.append(timer)

    def run_slice(self, main: asyncio.Task[Any]) -> bool:
        """Run for a moment of real time. Returns whether the task `main` is done."""
        self._pause_at = time.perf_counter() + SLICE_SECONDS
        self._paused = False
        try:
            self.run_forever()
        except BaseException:
            if main.done() and not main.cancelled():
                main.exception()  # it is on its way to the caller: no need to log it too
            raise
        finally:
            self._pause_at = math.inf
        if not main.done() and not self._paused:
            raise RuntimeError("Event loop stopped before Future completed.")
        return main.done()

    def stop_when_done(self, main: asyncio.Task[Any]) -> None:
        """Stop, as a done callback; these two exceptions stop the loop by themselves."""
        if self._closing:  # main ended late: cancelled just now, or in the round of a pause
            return
        if main.cancelled() or not isinstance(main.exception(), (SystemExit, KeyboardInterrupt)):
            self.stop()

    # -- tasks -------------------------------------------------------------------------

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], *, name: object = None, **options: Any
    ) -> asyncio.Task[T]:
        """Schedule a coroutine. Tasks without a name are Task-1, Task-2, … in each run."""
        label = call_label(coro)
        factory = self._task_factory
        if name is not None:
            task = super().create_task(coro, name=name, **options)
        elif factory is None:
            task = super().create_task(coro, name=self._next_name(), **options)
        elif getattr(factory, "__module__", "") == "asyncio.tasks":
            # asyncio's own factories of eager tasks: the code of the task runs at once, and sees its name.
            task = factory(self, coro, name=self._next_name(), **options)
        else:
            task = super().create_task(coro, **options)
            # What the factory called it, or its code, stays. It need not be a task.
            if isinstance(task, TASK_TYPES) and is_plain_name(task.get_name()) and not has_started(task):
                task.set_name(self._next_name())
        if isinstance(task, TASK_TYPES):
            self._labels[task] = label
        return task

    def _next_name(self) -> str:
        return f"Task-{next(self._names)}"

    def label_of(self, task: asyncio.Task[Any]) -> str:
        """Return what to call a task: the name it was given, or its function and arguments."""
        return self.labels().get(task) or task.get_name()

    def labels(self) -> dict[asyncio.Task[Any], str]:
        """Return what to call each task. Unnamed ones that would be called the same have numbers."""
        names = {task: task.get_name() for task in self._labels}
        unnamed = {task: self._labels[task] for task, name in names.items() if is_plain_name(name)}
        count = Counter(unnamed.values())
        seen: Counter[str] = Counter()
        for task, label in unnamed.items():
            seen[label] += 1
            names[task] = f"{label} #{seen[label]}" if count[label] > 1 else label
        return names

    def living_tasks(self) -> list[asyncio.Task[Any]]:
        """Return the tasks that are not done, in the order of their creation."""
        order = {task: number for number, task in enumerate(self._labels)}
        return sorted(asyncio.all_tasks(self), key=lambda task: (order.get(task, math.inf), task.get_name()))

    # -- when it cannot go on ----------------------------------------------------------

    @property
    def is_closing_down(self) -> bool:
        """Return whether the run is over, and what is left of it is being cancelled."""
        return self._closing

    def begin_closing(self) -> None:
        """Note that from here on the program has an end to come to."""
        self._closing = True
        self._rounds_left = CLOSING_ROUNDS

    def wait_text(self, wait: Wait, label_of: Callable[[asyncio.Task[Any]], str]) -> str:
        """Say what a task waits for."""
        return wait.text

    def _waiting(self) -> list[Waiting]:
        tasks = self.living_tasks()
        main = tasks[0] if tasks else None  # the oldest
        labels = self.labels()

        def label_of(task: asyncio.Task[Any]) -> str:
            return labels.get(task) or task.get_name()

        waits = [describe_wait(task, label_of, main) for task in tasks]
        file = waits[0].file if waits else ""
        return [
            Waiting(label_of(task), self.wait_text(wait, label_of), wait.where(file))
            for task, wait in zip(tasks, waits, strict=True)
        ]

    def _deadlock(self) -> Deadlock:
        waiting = self._waiting()
        if self._closing:
            first = "The run is over, but these tasks did not end when they were cancelled:"
        else:
            first = (
                f"Deadlock at {format_seconds(self._clock)} of virtual time: "
                "no task can run and no timer is set, so nothing will ever wake these tasks:"
            )
        lines = [first, *_named(waiting)]
        if not self._closing:
            lines.append("(Only this program can wake them: virtual time has no network and no threads.)")
        return Deadlock("\n".join(lines), self._clock, waiting)

    def _give_up(self) -> NoReturn:
        self._rounds_left = math.inf  # say it once
        what = "after they were cancelled, these tasks went on" if self._closing else "these tasks go on"
        first = f"No end in sight: {what} for so many steps that this must be a loop."
        raise TooManySteps("\n".join([first, *_named(self._waiting())]))

    def _standstill(self) -> TooManySteps:
        first = (
            f"Virtual time stands still at {format_seconds(self._clock)}: it moves when no task can run, and "
            f"for {STANDSTILL_ROUNDS:,} rounds of the loop some task could. Let it wait, with "
            "await asyncio.sleep(0.01) in place of asyncio.sleep(0) for instance. These tasks are not done:"
        )
        return TooManySteps("\n".join([first, *_named(self._waiting())]))

    # -- what virtual time does not have ---------------------------------------------------

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Do what call_soon does. Other threads are refused: they live in real time."""
        if self._thread_id not in (None, threading.get_ident()):
            raise VirtualTimeError(
                "Another thread called into a loop that runs in virtual time. Threads need real "
                "time: run this program with asyncio.run(main())."
            )
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _write_to_self(self) -> None:
        """Wake nothing: the loop never sleeps."""


def _named(waiting: list[Waiting]) -> list[str]:
    """Return a line for each task, as far as one reads."""
    lines = [f"  {task}" for task in waiting[:MOST_TASKS_NAMED]]
    if len(waiting) > MOST_TASKS_NAMED:
        lines.append(f"  … and {len(waiting) - MOST_TASKS_NAMED:,} more")
    return lines


def _refuse(method: str, what: str) -> Callable[..., NoReturn]:
    def refuse(self: VirtualLoop, *args: Any, **options: Any) -> NoReturn:
        raise VirtualTimeError(
            f"loop.{method}() needs {what}, which virtual time does not have: "
            "run this program in real time, with asyncio.run(main())."
        )

    refuse.__name__ = method
    refuse.__qualname__ = f"VirtualLoop.{method}"
    refuse.__doc__ = f"Refused: needs {what}."
    return refuse


for _what, _methods in {
    "a thread": "run_in_executor set_default_executor",
    "the network": "getaddrinfo getnameinfo create_connection create_server create_datagram_endpoint "
    "create_unix_connection create_unix_server connect_accepted_socket start_tls sendfile "
    "sock_recv sock_recv_into sock_recvfrom sock_recvfrom_into sock_sendall sock_sendto "
    "sock_connect sock_accept sock_sendfile",
    "files of the operating system": "add_reader add_writer remove_reader remove_writer "
    "connect_read_pipe connect_write_pipe",
    "a subprocess": "subprocess_exec subprocess_shell",
    "signals": "add_signal_handler remove_signal_handler",
}.items():
    for _method in _methods.split():
        setattr(VirtualLoop, _method, _refuse(_method, _what))
