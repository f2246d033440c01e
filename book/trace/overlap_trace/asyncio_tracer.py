"""Record what every asyncio task does, without touching the tasks.

How it works. A task is a chain of steps. Whenever a step is due, asyncio asks the
loop for it: loop.call_soon(step). While a trace is open, the loop has its own
call_soon (and create_task) that notes the time before and after each step. Tasks,
coroutines, the task factory and contexts stay what they are, and so do results,
exceptions and cancellation. It works the same on Python 3.11 and in a browser.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from functools import lru_cache
from types import CodeType, TracebackType
from typing import Any, Literal, Self

from .coroutines import (
    TASK_TYPES,
    await_link,
    call_label,
    code_of,
    has_started,
    in_library,
    is_readers,
    short_name,
    wakes_cancelled,
)
from .spans import HOLD_SECONDS, Span, as_tree, distinct, format_seconds
from .timeline import Timeline
from .waits import FIRST_TURN, TURN, kind_of_wait

# Memory and pictures have limits; a loop that spins on sleep(0) reaches it in seconds.
MAX_SPANS = 100_000

# What is not the traced code's is left out of its bars from this on. Cutting a bar for less says nothing.
ASIDE_SECONDS = HOLD_SECONDS / 10

_UNKNOWN: Any = object()

#: A place in the reader's own code.
_Place = tuple[CodeType, int]
#: The calls that lead to a place, the innermost last.
_Trail = tuple[_Place, ...]


class trace:
    """Record the tasks of the running event loop inside a with block.

        with trace() as t:
            await main()
        t                     # in a notebook: the picture
        print(t)              # in a terminal
        t.timeline.spans      # the data

    `title` goes over the picture. `clock` is a function that returns seconds; the default
    is the loop's own clock in virtual time, and time.perf_counter everywhere else.
    """

    def __init__(
        self, title: str = "What each task did", *, clock: Callable[[], float] | None = None
    ) -> None:
        self._title = title
        self._given_clock = clock
        self._name_file: Callable[[str], str] | None = None
        self._timeline: Timeline | None = None
        self._active = False
        self._is_aside = False
        self._loop: Any = None
        self._lanes: list[_Lane] = []
        self._drawn: list[_Lane] = []  # the lanes as they were drawn last
        # task -> lane; None: not drawn
        self._lane_of: weakref.WeakKeyDictionary[asyncio.Task[Any], _Lane | None] = (
            weakref.WeakKeyDictionary()
        )
        self._caller: _Lane | None = None
        self._records: list[_Record] = []
        self._dropped = 0
        self._problem: Exception | None = None
        self._watches: list[tuple[Any, _Watch]] = []  # of each loop that it listens to
        self._cuts: list[list[float]] = []  # of each eager first step that runs: start, end, start, …
        # Loops that the traced code runs inside its own: each has one main task.
        self._mainless: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def timeline(self) -> Timeline:
        """Return what was recorded, as a Timeline. Ready once the with block has ended."""
        if self._timeline is None:
            raise RuntimeError("nothing recorded yet: the timeline is ready after the with block")
        return self._timeline

    def __str__(self) -> str:
        return repr(self) if self._timeline is None else str(self._timeline)

    def __repr__(self) -> str:
        if self._timeline is None:
            return "<trace: recording>" if self._active else "<trace: not started>"
        return f"<trace: {self._timeline!r}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if self._timeline is None:
            return {"text/plain": repr(self)}
        return self._timeline._repr_mimebundle_(include, exclude)

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_().get("text/html")

    # -- the with block ---------------------------------------------------------

    def __enter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError("this trace was used already; make a new one: with trace() as t")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            if _trio_runs():
                raise RuntimeError(
                    "trace() watches asyncio, and this is a task of trio, whose tasks it cannot see; "
                    "python -m overlap_trace draws the threads of such a program"
                ) from None
            raise RuntimeError(
                "trace() watches a running event loop: use it inside a coroutine, "
                "as in 'with trace() as t: await main()'"
            ) from None
        frame: Any = sys._getframe(1)
        if frame.f_code.co_filename == __file__:  # async with: one call further out
            frame = frame.f_back
        name = short_name(frame.f_code)
        self._start(loop, frame.f_code.co_filename, "this cell" if name.startswith("<") else name)
        return self

    def _start(self, loop: Any, file: str, caller: str) -> None:
        """Begin to record. `file` is where the traced code is, `caller` the name of the current task."""
        self._loop = loop
        self._file = file
        self._virtual: bool = getattr(loop, "is_virtual", False)
        self._clock: Callable[[], float] = self._given_clock or (
            loop.time if self._virtual else time.perf_counter
        )
        self._zero = self._clock()
        self._active = True
        _attach(loop, self)
        self._adopt_living_tasks(caller)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        now = self.now()
        self._active = False
        _detach(self)
        self._close_open_spans(now, "; not done when the trace ended")
        if error is not None and self._caller is not None:
            self._mark_end(self._caller, now, error)
        self._timeline = self._make_timeline()
        self._lanes, self._drawn, self._records, self._caller = [], [], [], None
        return False

    # -- while it records ---------------------------------------------------------

    def snapshot(self) -> Timeline:
        """Return what was recorded so far, as a Timeline. The trace goes on."""
        if not self._active:
            return self.timeline
        kept, dropped = len(self._records), self._dropped
        self._close_open_spans(self.now(), "; still waiting")
        try:
            return self._make_timeline()
        finally:
            del self._records[kept:]
            self._dropped = dropped

    @contextmanager
    def aside(self, *, leading: bool = False) -> Iterator[None]:
        """Leave what is done in the with block out of the step that runs: it is not the traced code.

        `leading`: what came before it is not that code, either. Times too short to see stay in.
        """
        if self._is_aside:  # to show a traceback imports modules
            yield
            return
        start = self.now()
        self._is_aside = True
        try:
            yield
        finally:
            self._is_aside = False
            lane, end = self._running_lane(), self.now()
            if self._active and lane is not None and lane.step_start is not None:
                begin = lane.step_start
                if end - (begin if leading else start) >= ASIDE_SECONDS:
                    if not leading:
                        about = (lane.trail, lane.place, None)
                        self._record(_step_note, lane, lane.work, begin, start, "running", *about)
                    lane.step_start = end

    def _running_lane(self) -> _Lane | None:
        """Return the lane of the task that runs, if it is drawn."""
        running = asyncio._get_running_loop()
        task = asyncio.current_task(running) if running is not None else None
        return self._lane_of.get(task) if task is not None else self._caller

    def size(self) -> int:
        """Return how many lanes and spans there are so far."""
        return len(self._lanes) + len(self._records)

    def living(self) -> list[int]:
        """Return which lanes (by number, from the top) are of tasks that are not done yet."""
        return [number for number, lane in enumerate(self._in_order()) if not lane.done]

    def cancel(self, number: int) -> str | None:
        """Cancel the task of a lane; return the lane's name, or None if its task is done."""
        drawn = self._drawn or self._in_order()
        lane = drawn[number] if number < len(drawn) else None
        if lane is None or lane.done:
            return None
        task = lane.task()
        if task is None or task.done():
            return None
        task.cancel()
        drawn = self._drawn
        name = self._names()[lane]
        self._drawn = drawn
        return name

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        return self.__exit__(kind, error, traceback)

    # -- loops inside the loop ---------------------------------------------------

    def has_clock_of(self, loop: Any) -> bool:
        """Return whether times on the clock of `loop` are times of this trace."""
        return self._virtual == getattr(loop, "is_virtual", False) and (
            not self._virtual or getattr(loop, "outer", None) is self._loop
        )

    def include(self, loop: Any) -> None:
        """Record the tasks of another loop, too, which the traced code runs."""
        if not any(watched is loop for watched, _ in self._watches):
            self._mainless.add(loop)
            _attach(loop, self)

    # -- lanes ------------------------------------------------------------------

    def _lane_for(self, task: asyncio.Task[Any]) -> _Lane | None:
        """Return the lane of a task whose step is due, a new one if need be; None if it is not drawn."""
        try:
            lane = self._lane_of.get(task, _UNKNOWN)
            return self._discover(task) if lane is _UNKNOWN else lane
        except Exception as problem:  # never let the picture break the program
            self._problem = problem
            return None

    def _discover(self, task: asyncio.Task[Any]) -> _Lane | None:
        """Add a lane for a task that was just created; None if it is not the reader's."""
        coro = task.get_coro()
        loop = task.get_loop()
        parent = asyncio.current_task(loop)
        known_parent = parent is not None and self._lane_of.get(parent) is not None
        # What a virtual loop runs first is what the reader gave it.
        is_main = self._virtual and parent is None and not self._lanes
        if parent is None and loop in self._mainless:
            self._mainless.discard(loop)
            is_main = True
        if not (known_parent or is_main or is_readers(code_of(coro))):
            self._lane_of[task] = None  # the notebook's own machinery
            return None
        # Its label is made when it starts: that takes time, and here a step of the reader's runs.
        lane = self._add_lane(task, coro, "", self.now())
        if parent is not None and parent is not task:  # an eager one starts inside its maker
            lane.maker = self._lane_of.get(parent)
        return lane

    def _add_lane(self, task: asyncio.Task[Any], coro: Any, label: str, now: float) -> _Lane:
        work = short_name(code_of(coro))
        lane = _Lane(label or work, work, now)
        lane.labeled = bool(label)
        lane.task = weakref.ref(task, lambda _: self._collected(lane))
        lane.take_name(task)
        self._lane_of[task] = lane
        self._lanes.append(lane)
        return lane

    def _adopt_living_tasks(self, caller: str) -> None:
        """Add lanes for the calling task and for the reader's tasks that run already."""
        current = asyncio.current_task(self._loop)
        self._caller = None
        if current is not None:
            self._caller = self._add_lane(current, None, caller, 0.0)
            self._caller.work = caller
            self._caller.steps = 1
            self._caller.step_start = 0.0
            # Nothing tells when this first step ends, as it began before the trace.
            # The next thing the loop runs can tell: it ended just before.
            self._loop.call_soon(self._end_first_step)
        others = (t for t in asyncio.all_tasks(self._loop) if t is not current)
        for task in sorted(others, key=lambda t: (len(t.get_name()), t.get_name())):
            coro = task.get_coro()
            if is_readers(code_of(coro)):
                lane = self._add_lane(task, coro, call_label(coro), 0.0)
                lane.was_alive = True
                lane.steps = int(has_started(task))
            else:
                self._lane_of[task] = None
        # Steps that were due already when the trace began.
        for handle in list(getattr(self._loop, "_ready", ())):
            if handle._callback is not None:
                handle._callback = _watch_step(handle._callback, (self,))

    def _end_first_step(self) -> None:
        caller = self._caller
        if caller is None or not self._active or caller.steps > 1 or caller.step_start is None:
            return
        task = caller.task()
        if task is not None:
            self._close_step(caller, task, self.now())

    def _begin_eager_start(self) -> None:
        """Note that a task may run its first step now, inside create_task()."""
        self._cuts.append([self.now()])

    def _end_eager_start(self, task: object, coro: Any, label: str) -> None:
        """Draw the first step of a task that ran inside create_task(), if it did.

        Whoever made the task did not run meanwhile: its own bar has a gap there.
        """
        now = self.now()
        cuts = self._cuts.pop()
        if not self._active or not isinstance(task, TASK_TYPES):
            return
        try:
            lane = self._lane_of.get(task, _UNKNOWN)
            if not has_started(task) or (lane is not None and lane is not _UNKNOWN and lane.steps):
                return
            self._cut_out(cuts[0], now)
            if lane is None:
                return
            if lane is _UNKNOWN:
                lane = self._add_lane(task, coro, label, cuts[0])
            maker = asyncio.current_task(task.get_loop())
            lane.maker = self._lane_of.get(maker) if maker is not None else None
            lane.label, lane.labeled = label, True
            lane.take_name(task)
            lane.steps = 1
            for start, end in zip(cuts[:-1:2], cuts[1::2], strict=True):
                self._record(_step_note, lane, lane.work, start, end, "running", (), None, None)
            lane.step_start = cuts[-1]
            self._close_step(lane, task, now)
        except Exception as problem:
            self._problem = problem

    def _cut_out(self, start: float, end: float) -> None:
        """Leave this time out of the step that runs: another one ran inside it."""
        if self._cuts:
            self._cuts[-1] += [start, end]
            return
        maker = asyncio.current_task(self._loop)
        lane = self._lane_of.get(maker) if maker is not None else None
        if lane is not None and lane.step_start is not None:
            about = (lane.trail, lane.place, None)
            self._record(_step_note, lane, lane.work, lane.step_start, start, "running", *about)
            lane.step_start = end

    def _collected(self, lane: _Lane) -> None:
        """Note that a task is gone that nobody referred to. If it was not done, that is a bug to see."""
        if self._active and not lane.done:
            now = self.now()
            about = ("waiting", lane.trail, lane.place, "")
            self._record(_wait_note, lane, lane.target, lane.since, now, *about)
            note = "garbage-collected before it was done: nothing kept a reference to the task"
            self._record(_end_note, lane, "lost", now, now, "failed", lane.trail, note, "")
            lane.done = True

    # -- steps ------------------------------------------------------------------

    def now(self) -> float:
        """Return the seconds since the trace began, on its clock."""
        return self._clock() - self._zero

    def _begin_step(self, lane: _Lane, task: asyncio.Task[Any], due: float, args: Sequence[Any]) -> None:
        if self._caller is not None:
            self._end_first_step()
        if lane.steps == 0:
            lane.take_label(task)
        if lane.was_alive:
            lane.was_alive = False
            lane.target, lane.trail = self._look(task)
        # Awaiting a task that someone else cancelled also raises CancelledError, but then
        # nobody has asked this task to stop.
        asked = task.cancelling() > lane.cancel_requests
        cut = asked and wakes_cancelled(task, args)
        inside = _inside_library(task) if cut else None
        extra = ""
        # The clock is read last: the trace's own work must not look like the task's.
        now = self.now()
        if lane.steps and now - due >= 0.001:
            extra = f"; then {format_seconds(now - due)} for its turn"
        if cut:
            extra += "; cancelled" if lane.steps else "; cancelled before it started"
        state = "cancelled" if cut else "waiting"
        lane.cut = (inside, len(self._records)) if inside is not None else None
        self._record(_wait_note, lane, lane.target, lane.since, now, state, lane.trail, lane.place, extra)
        lane.steps += 1
        lane.step_start = now

    def _close_step(self, lane: _Lane, task: asyncio.Task[Any], now: float) -> None:
        start, lane.step_start = lane.step_start, None
        assert start is not None
        begin, done = lane.trail, task.done()
        if lane.cut is not None:
            self._judge_cut(lane, task, done)
        lane.target, lane.trail = ("", ()) if done else self._look(task)
        end = "its end" if done else lane.place
        places = begin + lane.trail if begin != lane.trail else begin
        self._record(_step_note, lane, lane.work, start, now, "running", places, _last(begin), end)
        lane.since = now
        lane.cancel_requests = task.cancelling()
        if done:
            error: BaseException | None = asyncio.CancelledError() if task.cancelled() else task._exception
            if error is not None:
                self._mark_end(lane, now, error)
            lane.done = True

    def _judge_cut(self, lane: _Lane, task: asyncio.Task[Any], done: bool) -> None:
        """Draw as a wait what a library cancelled for its own ends: the reader's code has not seen it."""
        (inside, number), lane.cut = lane.cut or (None, 0), None
        if done or task.cancelling() > lane.cancel_requests or _inside_library(task) is not inside:
            return
        if number < len(self._records):
            note, of, target, start, end, _, trail, (place, _extra) = self._records[number]
            about = (place, "; cancelled inside the library")
            self._records[number] = (note, of, target, start, end, "waiting", trail, about)

    def _close_open_spans(self, now: float, extra: str) -> None:
        """End what each lane is doing now: a step, or a wait."""
        for lane in self._lanes:
            if lane.done:
                continue
            task = lane.task()
            if lane.steps == 0 and task is not None:
                lane.take_label(task)
            if lane.step_start is not None:
                start = lane.step_start
                self._record(_step_note, lane, lane.work, start, now, "running", lane.trail, lane.place, None)
                continue
            if lane.was_alive and task is not None:
                lane.target, lane.trail = self._look(task)
            self._record(
                _wait_note, lane, lane.target, lane.since, now, "waiting", lane.trail, lane.place, extra
            )

    def _mark_end(self, lane: _Lane, now: float, error: BaseException) -> None:
        """Record a span of no length that says how the task ended."""
        if isinstance(error, asyncio.CancelledError):
            self._record(_end_note, lane, "cancelled", now, now, "cancelled", (), "ended cancelled", "")
        else:
            name, trail = type(error).__name__, []
            step = error.__traceback__
            while step is not None:
                if is_readers(step.tb_frame.f_code):
                    trail.append((step.tb_frame.f_code, step.tb_lineno))
                step = step.tb_next
            about = ("failed", tuple(trail), _error_text(error), _last(trail))
            self._record(_end_note, lane, name, now, now, *about)
        lane.done = True

    def _record(
        self,
        note: Callable[..., str],
        lane: _Lane,
        target: str | _Lane,
        start: float,
        end: float,
        state: str,
        trail: _Trail,
        *about: str | _Place | None,
    ) -> None:
        """Keep one span. `note` makes its words from `about` later, after the run."""
        if start == end and state == "waiting":
            return
        if len(self._records) < MAX_SPANS:
            self._records.append((note, lane, target, start, end, state, trail, about))
        else:
            self._dropped += 1

    def _look(self, task: asyncio.Task[Any]) -> tuple[str | _Lane, _Trail]:
        """Return what a suspended task waits for, and where: (name or lane, ((code, line), …)).

        Follows the chain of awaits through the frames of the reader's own code; the first
        public library coroutine below the last one is what the reader awaited.
        """
        places: list[_Place] = []
        below: list[str] = []
        awaited: Any = task.get_coro()
        for _ in range(100):
            code, frame, deeper = await_link(awaited)
            if code is None:
                break
            if in_library(code.co_filename):
                below.append(code.co_qualname)
            else:
                if frame is not None:
                    places.append((code, frame.f_lineno))
                below = []
            awaited = deeper
        trail = tuple(places)
        owner = None
        for name in below:
            class_name, _, function = name.rpartition(".")
            if function[:1] != "_" and class_name[:1] != "_":
                owner = name
                if name != "wait_for":  # wait_for(q.get(), 1) waits for q.get
                    break
            elif owner is None and function[:2] == "__" and class_name[:1] not in ("", "_"):
                owner = class_name  # TaskGroup.__aexit__: the end of an async with block
        if owner is not None:
            return owner.rpartition("<locals>.")[2], trail
        waiter: Any = task._fut_waiter  # type: ignore[attr-defined]
        if isinstance(waiter, TASK_TYPES):
            return self._lane_of.get(waiter) or waiter.get_name(), trail
        if type(waiter).__name__ == "_GatheringFuture":
            return "gather", trail
        return (TURN if waiter is None else "a future"), trail

    # -- words ------------------------------------------------------------------

    def _make_timeline(self) -> Timeline:
        names = self._names()
        spans = []
        for note, lane, target, start, end, state, trail, about in self._records:
            name = names[target] if isinstance(target, _Lane) else target
            words = note(name, *(self._place(part) for part in about))
            places = [(self._file_name(code), line) for code, line in trail]
            if lane is self._caller:
                # What leads to the traced code, a notebook's machinery say, is not part of it.
                own = next((n for n, (file, _) in enumerate(places) if not file), 0)
                places = places[own:]
            # Microseconds are all a clock can tell; fewer digits make equal runs equal.
            start, end = round(start, 6), round(end, 6)
            kind = ""
            if note is _wait_note:
                kind = "task" if isinstance(target, _Lane) else kind_of_wait(name)
            spans.append(Span(names[lane], name, start, end, state, words, tuple(places), kind))
        remarks = []
        if self._dropped:
            remarks.append(
                f"Recording stopped after {MAX_SPANS:,} spans; {self._dropped:,} later ones are missing."
            )
        if self._problem is not None:
            remarks.append(f"The picture may be incomplete: {self._problem!r} in the tracer.")
        return Timeline(
            spans,
            title=self._title,
            model="asyncio",
            lanes=names.values(),
            remark=" ".join(remarks),
            virtual=self._virtual,
        )

    def _in_order(self) -> list[_Lane]:
        """Return the lanes from the top: each task, and below it those that it made."""
        return [lane for lane, _ in as_tree({lane: lane.maker for lane in self._lanes})]

    def _names(self) -> dict[_Lane, str]:
        """Return what to call each lane: its label, with a number where several have the same."""
        self._drawn = self._in_order()
        return dict(zip(self._drawn, distinct([lane.label for lane in self._drawn]), strict=True))

    def _file_name(self, code: CodeType) -> str:
        """Return what to call the file of some code: "" for the one that opened the trace."""
        file = code.co_filename
        if file == self._file:
            return ""
        if self._name_file is not None and (name := self._name_file(file)):
            return name
        return os.path.basename(file) if _exists(file) else f"the cell with {short_name(code)}"

    def _place(self, place: str | _Place | None) -> str:
        """Return 'line 7', with its file or cell when that is not the one that opened the trace."""
        if not isinstance(place, tuple):
            return place or ""
        code, line = place
        file = self._file_name(code)
        return f"line {line} of {file}" if file else f"line {line}"


def _trio_runs() -> bool:
    """Return whether the caller is a task of trio."""
    try:
        return bool(sys.modules["trio"].lowlevel.current_task())
    except (KeyError, AttributeError, RuntimeError):
        return False


def _inside_library(task: asyncio.Task[Any]) -> object:
    """Return what of a library the reader's innermost code awaits, or None."""
    inside = None
    awaited: Any = task.get_coro()
    for _ in range(100):
        code, _frame, deeper = await_link(awaited)
        if code is None:
            break
        inside = (inside or awaited) if in_library(code.co_filename) else None
        awaited = deeper
    return inside


def _wait_note(name: str, place: str, extra: str) -> str:
    return f"waiting for {name}{place and ', ' + place}{extra}"


def _step_note(name: str, begin: str, end: str) -> str:
    return " ".join([f"from {begin}"] * bool(begin) + [f"to {end}"] * bool(end))


def _end_note(name: str, text: str, place: str) -> str:
    return f"{text}{place and ', ' + place}"


def _last(trail: Sequence[_Place]) -> _Place | None:
    return trail[-1] if trail else None


def _error_text(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}".removesuffix(": ")


class _Lane:
    """One task, as far as it is known. Holds no reference to it."""

    __slots__ = (  # noqa: RUF023
        "label",  # what is written over its bar
        "labeled",  # whether that is more than the name of its coroutine
        "work",  # the name of its coroutine
        "task",  # a weak reference
        "since",  # when its wait began,
        "target",  # what for (a name or another lane),
        "trail",  # and where: (code, line) of each call, the innermost last
        "step_start",  # when its step began; None while it waits
        "steps",  # how many began
        "maker",  # the lane of the task that made it
        "cut",  # of a step that a cancellation woke: in what of a library it waited, and its record
        "cancel_requests",  # task.cancelling() when its wait began
        "was_alive",  # it waited already when the trace began
        "done",
    )

    def __init__(self, label: str, work: str, now: float) -> None:
        self.label = label
        self.labeled = True
        self.work = work
        self.task: Callable[[], asyncio.Task[Any] | None]
        self.since = now
        self.target: str | _Lane = FIRST_TURN
        self.trail: _Trail = ()
        self.step_start: float | None = None
        self.steps = 0
        self.maker: _Lane | None = None
        self.cut: tuple[object, int] | None = None
        self.cancel_requests = 0
        self.was_alive = False
        self.done = False

    @property
    def place(self) -> _Place | None:
        """Return the innermost place in the reader's own code, as (code, line), or None."""
        return _last(self.trail)

    def take_label(self, task: asyncio.Task[Any]) -> None:
        """Make the label of a task that has not started: its name, or its coroutine with the arguments."""
        if not self.labeled:
            self.label, self.labeled = call_label(task.get_coro()), True
        self.take_name(task)

    def take_name(self, task: asyncio.Task[Any]) -> None:
        """Prefer a name that the reader gave; 3.13.0 names unnamed eager tasks "None"."""
        name = task.get_name()
        if name != "None" and not (name.startswith("Task-") and name[5:].isdigit()):
            self.label = name


#: One span before its words are made: how to make them, its lane, what it is about (a name or a
#: lane), start, end, state, place in the code, and what its words are made from.
_Record = tuple[
    Callable[..., str], _Lane, str | _Lane, float, float, str, _Trail, tuple[str | _Place | None, ...]
]


class _Step:
    """One due step of a task, which tells the trace of the loop when it runs."""

    __slots__ = ("__self__", "callback", "due", "lane", "owner")

    __self__: asyncio.Task[Any]

    def __init__(
        self, owner: trace, lane: _Lane, callback: Callable[..., object], task: asyncio.Task[Any]
    ) -> None:
        self.owner = owner
        self.lane = lane
        self.callback = callback
        self.__self__ = task  # asyncio's own messages look for the task here
        self.due = owner.now()

    def __call__(self, *args: Any) -> None:
        owner, lane, task, callback = self.owner, self.lane, self.__self__, self.callback
        watched = owner._active and not lane.done
        if watched:
            try:
                owner._begin_step(lane, task, self.due, args)
            except Exception as problem:
                owner._problem = problem
        try:
            callback(*args)
        finally:
            if watched:
                _end_step(owner, lane, task, owner.now())
            # An exception of the task can keep this frame. The frame must not keep the task, or
            # "exception was never retrieved" would wait for the garbage collector.
            del self, task, callback, args

    def __repr__(self) -> str:
        return repr(self.callback)


class _SharedStep:
    """The same for several traces of one loop."""

    __slots__ = ("__self__", "callback", "steps")

    __self__: asyncio.Task[Any]

    def __init__(
        self, steps: Sequence[_Step], callback: Callable[..., object], task: asyncio.Task[Any]
    ) -> None:
        self.steps = steps
        self.callback = callback
        self.__self__ = task

    def __call__(self, *args: Any) -> None:
        task, callback = self.__self__, self.callback
        watched = [(step.owner, step.lane, step.due) for step in self.steps]
        watched = [each for each in watched if each[0]._active and not each[1].done]
        for owner, lane, due in watched:
            try:
                owner._begin_step(lane, task, due, args)
            except Exception as problem:
                owner._problem = problem
        for owner, lane, _ in watched:  # what one trace does before a step is not the step of another's lane
            lane.step_start = owner.now()
        try:
            callback(*args)
        finally:
            ends = [(owner, lane, owner.now()) for owner, lane, _ in watched]
            for owner, lane, end in ends:
                _end_step(owner, lane, task, end)
            del self, task, callback, args  # as above

    def __repr__(self) -> str:
        return repr(self.callback)


def _end_step(owner: trace, lane: _Lane, task: asyncio.Task[Any], end: float) -> None:
    """Tell a trace that a step has ended."""
    if owner._active and lane.step_start is not None:
        try:
            owner._close_step(lane, task, end)
        except Exception as problem:
            owner._problem = problem


class _Watch:
    """The two methods that a loop has while it is traced, and the traces that listen to it."""

    def __init__(self, loop: Any) -> None:
        self.listeners: tuple[trace, ...] = ()
        inner_call_soon, inner_create_task = loop.call_soon, loop.create_task

        def call_soon(callback: Callable[..., object], *args: Any, context: Context | None = None) -> Any:
            return inner_call_soon(_watch_step(callback, self.listeners), *args, context=context)

        def create_task(coro: Any, **options: Any) -> Any:
            may_start = options.get("eager_start") or loop.get_task_factory() is not None
            if not self.listeners or not may_start:
                return inner_create_task(coro, **options)
            listeners, label, task = self.listeners, call_label(coro), None
            for owner in listeners:
                owner._begin_eager_start()
            try:
                task = inner_create_task(coro, **options)
                return task
            finally:
                for owner in reversed(listeners):
                    owner._end_eager_start(task, coro, label)
                del task, coro  # see _Step

        call_soon.watch = self  # type: ignore[attr-defined]
        self._ours: dict[str, Callable[..., Any]] = {"call_soon": call_soon, "create_task": create_task}
        self._before = {name: vars(loop).get(name, _UNKNOWN) for name in self._ours}
        for name, ours in self._ours.items():
            setattr(loop, name, ours)

    def restore(self, loop: Any) -> None:
        """Give the loop back the methods that it had."""
        for name, ours in self._ours.items():
            if vars(loop).get(name) is not ours:
                continue  # someone wrapped it after us; from now on ours only passes on
            if self._before[name] is _UNKNOWN:
                delattr(loop, name)
            else:
                setattr(loop, name, self._before[name])


def _attach(loop: Any, listener: trace) -> None:
    """Have a trace listen to a loop. All traces of a loop share one change to it."""
    watch: _Watch | None = getattr(vars(loop).get("call_soon"), "watch", None)
    if watch is None:
        watch = _Watch(loop)
    watch.listeners += (listener,)
    listener._watches.append((loop, watch))


def _detach(listener: trace) -> None:
    """End that for all its loops. The last trace of a loop to go leaves it as it was before the first."""
    watches, listener._watches = listener._watches, []
    for loop, watch in watches:
        watch.listeners = tuple(other for other in watch.listeners if other is not listener)
        if not watch.listeners:
            watch.restore(loop)


def _watch_step(callback: Callable[..., object], listeners: Sequence[trace]) -> Callable[..., object]:
    """Return what to run in place of a callback: the same, but told to those that draw its task."""
    task = getattr(callback, "__self__", None)
    if not isinstance(task, TASK_TYPES):
        return callback
    # loop.call_soon(task.cancel) is no step. The callables that run a step have
    # names that a task does not have as attributes, or no name at all.
    if hasattr(type(task), getattr(callback, "__name__", "")):
        return callback
    if len(listeners) == 1:  # nearly always, so without a list
        (owner,) = listeners
        lane = owner._lane_for(task)
        return callback if lane is None else _Step(owner, lane, callback, task)
    drawn = [(owner, lane) for owner in listeners if (lane := owner._lane_for(task)) is not None]
    return (
        _SharedStep([_Step(*each, callback, task) for each in drawn], callback, task) if drawn else callback
    )


@lru_cache(maxsize=1024)
def _exists(filename: str) -> bool:
    return os.path.exists(filename)
