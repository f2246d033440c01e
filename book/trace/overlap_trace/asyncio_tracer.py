"""Record what every asyncio task does, without touching the tasks.

How it works. A task is a chain of steps. Whenever a step is due, asyncio asks the
loop for it: loop.call_soon(step). While a trace is open, the loop has its own
call_soon (and create_task) that notes the time before and after each step. Tasks,
coroutines, the task factory and contexts stay what they are, and so do results,
exceptions and cancellation. It works the same on Python 3.11 and in a browser.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import time
import weakref
from collections import Counter
from functools import lru_cache

from .coroutines import (
    _TASKS,
    _await_link,
    _code,
    _in_library,
    _is_cancelled,
    _is_readers,
    _label,
    _short_name,
)
from .spans import Span, format_seconds
from .timeline import Timeline

# Memory and pictures have limits; a loop that spins on sleep(0) reaches it in seconds.
MAX_SPANS = 100_000

_UNKNOWN = object()


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

    def __init__(self, title="What each task did", *, clock=None):
        self._title = title
        self._clock = clock
        self._name_file = None
        self._timeline = None
        self._active = False
        self._loop = None

    @property
    def timeline(self):
        """What was recorded, as a Timeline. Ready once the with block has ended."""
        if self._timeline is None:
            raise RuntimeError("nothing recorded yet: the timeline is ready after the with block")
        return self._timeline

    def __str__(self):
        return repr(self) if self._timeline is None else str(self._timeline)

    def __repr__(self):
        if self._timeline is None:
            return "<trace: recording>" if self._active else "<trace: not started>"
        return f"<trace: {self._timeline!r}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self._timeline is None:
            return {"text/plain": repr(self)}
        return self._timeline._repr_mimebundle_(include, exclude)

    def _repr_html_(self):
        return self._repr_mimebundle_().get("text/html")

    # -- the with block ---------------------------------------------------------

    def __enter__(self):
        if self._loop is not None:
            raise RuntimeError("this trace was used already; make a new one: with trace() as t")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "trace() watches a running event loop: use it inside a coroutine, "
                "as in 'with trace() as t: await main()'"
            ) from None
        frame = sys._getframe(1)
        if frame.f_code.co_filename == __file__:  # async with: one call further out
            frame = frame.f_back
        name = _short_name(frame.f_code)
        self._start(loop, frame.f_code.co_filename, "this cell" if name.startswith("<") else name)
        return self

    def _start(self, loop, file, caller):
        """Begin. `file` is where the traced code is, `caller` the name of the current task."""
        self._loop = loop
        self._file = file
        self._virtual = getattr(loop, "is_virtual", False)
        if self._clock is None:
            self._clock = loop.time if self._virtual else time.perf_counter
        self._lanes = []
        self._lane_of = weakref.WeakKeyDictionary()  # task -> lane; None: not drawn
        self._records = []
        self._dropped = 0
        self._problem = None
        self._zero = self._clock()
        self._install(loop)
        self._active = True
        self._adopt_living_tasks(caller)

    def __exit__(self, kind, error, traceback):
        now = self.now()
        self._active = False
        self._restore()
        self._close_open_spans(now, "; not done when the trace ended")
        if error is not None and self._caller is not None:
            self._mark_end(self._caller, now, error)
        self._timeline = self._make_timeline()
        self._lanes = self._records = self._caller = None
        return False

    # -- while it records ---------------------------------------------------------

    def snapshot(self):
        """What was recorded so far, as a Timeline. The trace goes on."""
        if not self._active:
            return self.timeline
        kept, dropped = len(self._records), self._dropped
        self._close_open_spans(self.now(), "; still waiting")
        try:
            return self._make_timeline()
        finally:
            del self._records[kept:]
            self._dropped = dropped

    def size(self):
        """How many lanes and spans there are so far."""
        return len(self._lanes or ()) + len(self._records or ())

    def living(self):
        """Which lanes (by number, from the top) are of tasks that are not done yet."""
        return [number for number, lane in enumerate(self._lanes or ()) if not lane.done]

    def cancel(self, number):
        """Cancel the task of a lane; return the lane's name, or None if its task is done."""
        lane = self._lanes[number] if self._lanes and number < len(self._lanes) else None
        task = lane.task() if lane is not None and not lane.done else None
        if task is None or task.done():
            return None
        task.cancel()
        return self._names()[lane]

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *exception):
        return self.__exit__(*exception)

    # -- the loop's two methods -------------------------------------------------

    def _install(self, loop):
        inner_call_soon = loop.call_soon
        inner_create_task = loop.create_task

        def call_soon(callback, *args, context=None):
            if self._active:
                callback = self._wrap_if_step(callback)
            return inner_call_soon(callback, *args, context=context)

        def create_task(coro, **options):
            if not self._active:
                return inner_create_task(coro, **options)
            label = _label(coro)
            before = self.now()
            task = inner_create_task(coro, **options)
            if self._active and isinstance(task, _TASKS):
                self._notice_eager_start(task, coro, label, before)
            return task

        self._patched = []
        for name, ours in (("call_soon", call_soon), ("create_task", create_task)):
            self._patched.append((name, ours, vars(loop).get(name, _UNKNOWN)))
            setattr(loop, name, ours)

    def _restore(self):
        for name, ours, before in self._patched:
            if vars(self._loop).get(name) is not ours:
                continue  # someone wrapped it after us; from now on ours only passes on
            if before is _UNKNOWN:
                delattr(self._loop, name)
            else:
                setattr(self._loop, name, before)
        self._patched = []

    def _wrap_if_step(self, callback):
        task = getattr(callback, "__self__", None)
        if not isinstance(task, _TASKS):
            return callback
        # loop.call_soon(task.cancel) is no step. The callables that run a step have
        # names that a task does not have as attributes, or no name at all.
        if hasattr(type(task), getattr(callback, "__name__", "")):
            return callback
        try:
            lane = self._lane_of.get(task, _UNKNOWN)
            if lane is _UNKNOWN:
                lane = self._discover(task)
        except Exception as problem:  # never let the picture break the program
            self._problem = problem
            return callback
        return callback if lane is None else _Step(self, lane, callback, task, self.now())

    # -- lanes ------------------------------------------------------------------

    def _discover(self, task):
        """A lane for a task that was just created; None if it is not the reader's."""
        coro = task.get_coro()
        parent = asyncio.current_task(self._loop)
        known_parent = parent is not None and self._lane_of.get(parent) is not None
        # What a virtual loop runs first is what the reader gave it.
        is_main = self._virtual and parent is None and not self._lanes
        if not (known_parent or is_main or _is_readers(_code(coro))):
            self._lane_of[task] = None  # the notebook's own machinery
            return None
        return self._add_lane(task, coro, _label(coro), self.now())

    def _add_lane(self, task, coro, label, now):
        lane = _Lane(label, _short_name(_code(coro)), now)
        lane.task = weakref.ref(task, lambda _: self._collected(lane))
        lane.take_name(task)
        self._lane_of[task] = lane
        self._lanes.append(lane)
        return lane

    def _adopt_living_tasks(self, caller):
        """Lanes for the calling task and for the reader's tasks that run already."""
        current = asyncio.current_task(self._loop)
        self._caller = None
        if current is not None:
            self._caller = self._add_lane(current, None, caller, 0.0)
            self._caller.work = caller
            self._caller.step_start = 0.0
            # Nothing tells when this first step ends, as it began before the trace.
            # The next thing the loop runs can tell: it ended just before.
            self._loop.call_soon(self._end_first_step)
        others = (t for t in asyncio.all_tasks(self._loop) if t is not current)
        for task in sorted(others, key=lambda t: (len(t.get_name()), t.get_name())):
            coro = task.get_coro()
            if _is_readers(_code(coro)):
                lane = self._add_lane(task, coro, _label(coro), 0.0)
                lane.was_alive = True
            else:
                self._lane_of[task] = None
        # Steps that were due already when the trace began.
        for handle in list(getattr(self._loop, "_ready", ())):
            if handle._callback is not None:
                handle._callback = self._wrap_if_step(handle._callback)

    def _end_first_step(self):
        caller = self._caller
        if self._active and caller.steps == 0 and caller.step_start is not None:
            self._close_step(caller, caller.task(), self.now())

    def _notice_eager_start(self, task, coro, label, before):
        """Draw the first step of a task that ran inside create_task()."""
        try:
            lane = self._lane_of.get(task, _UNKNOWN)
            started = task.done() or inspect.getcoroutinestate(coro) != inspect.CORO_CREATED
            if lane is None or not started or (lane is not _UNKNOWN and lane.steps):
                return
            if lane is _UNKNOWN:
                lane = self._add_lane(task, coro, label, before)
            lane.label = label
            lane.take_name(task)
            lane.steps = 1
            lane.step_start = before
            self._close_step(lane, task, self.now())
        except Exception as problem:
            self._problem = problem

    def _collected(self, lane):
        """A task that nobody referred to is gone. If it was not done, that is a bug to see."""
        if self._active and not lane.done:
            now = self.now()
            about = ("waiting", lane.trail, lane.place, "")
            self._record(_wait_note, lane, lane.target, lane.since, now, *about)
            note = "garbage-collected before it was done: nothing kept a reference to the task"
            self._record(_end_note, lane, "lost", now, now, "failed", lane.trail, note, "")
            lane.done = True

    # -- steps ------------------------------------------------------------------

    def now(self):
        """Seconds since the trace began, on its clock."""
        return self._clock() - self._zero

    def _begin_step(self, lane, task, due, args):
        if self._caller is not None:
            self._end_first_step()
        if lane.steps == 0:
            lane.take_name(task)
        if lane.was_alive:
            lane.was_alive = False
            lane.target, lane.trail = self._look(task)
        # Awaiting a task that someone else cancelled also raises CancelledError, but then
        # nobody has asked this task to stop.
        asked = task.cancelling() > lane.cancel_requests
        cut = asked and (task._must_cancel or (args and _is_cancelled(args[0])))
        extra = ""
        # The clock is read last: the trace's own work must not look like the task's.
        now = self.now()
        if lane.steps and now - due >= 0.001:
            extra = f"; then {format_seconds(now - due)} for its turn"
        if cut:
            extra += "; cancelled" if lane.steps else "; cancelled before it started"
        state = "cancelled" if cut else "waiting"
        self._record(_wait_note, lane, lane.target, lane.since, now, state, lane.trail, lane.place, extra)
        lane.steps += 1
        lane.step_start = now

    def _close_step(self, lane, task, now):
        start, lane.step_start = lane.step_start, None
        begin, done = lane.trail, task.done()
        lane.target, lane.trail = ("", ()) if done else self._look(task)
        end = "its end" if done else lane.place
        places = begin + lane.trail if begin != lane.trail else begin
        self._record(_step_note, lane, lane.work, start, now, "running", places, _last(begin), end)
        lane.since = now
        lane.cancel_requests = task.cancelling()
        if done:
            error = asyncio.CancelledError() if task.cancelled() else task._exception
            if error is not None:
                self._mark_end(lane, now, error)
            lane.done = True

    def _close_open_spans(self, now, extra):
        """End what each lane is doing now: a step, or a wait."""
        for lane in self._lanes:
            if lane.done:
                continue
            if lane.step_start is not None:
                about = ("running", lane.trail, lane.place, None)
                self._record(_step_note, lane, lane.work, lane.step_start, now, *about)
                continue
            task = lane.task()
            if lane.was_alive and task is not None:
                lane.target, lane.trail = self._look(task)
            about = ("waiting", lane.trail, lane.place, extra)
            self._record(_wait_note, lane, lane.target, lane.since, now, *about)

    def _mark_end(self, lane, now, error):
        """A span of no length that says how the task ended."""
        if isinstance(error, asyncio.CancelledError):
            self._record(_end_note, lane, "cancelled", now, now, "cancelled", (), "ended cancelled", "")
        else:
            name, trail = type(error).__name__, []
            step = error.__traceback__
            while step is not None:
                if _is_readers(step.tb_frame.f_code):
                    trail.append((step.tb_frame.f_code, step.tb_lineno))
                step = step.tb_next
            about = ("failed", tuple(trail), _error_text(error), _last(trail))
            self._record(_end_note, lane, name, now, now, *about)
        lane.done = True

    def _record(self, note, lane, target, start, end, state, trail, *about):
        """Keep one span. `note` makes its words from `about` later, after the run."""
        if start == end and state == "waiting":
            return
        if len(self._records) < MAX_SPANS:
            self._records.append((note, lane, target, start, end, state, trail, about))
        else:
            self._dropped += 1

    def _look(self, task):
        """What a suspended task waits for, and where: (name or lane, ((code, line), …)).

        Follows the chain of awaits through the frames of the reader's own code; the first
        public library coroutine below the last one is what the reader awaited.
        """
        trail, below = [], []
        awaited = task.get_coro()
        for _ in range(100):
            code, frame, deeper = _await_link(awaited)
            if code is None:
                break
            if _in_library(code.co_filename):
                below.append(code.co_qualname)
            else:
                if frame is not None:
                    trail.append((code, frame.f_lineno))
                below = []
            awaited = deeper
        trail = tuple(trail)
        owner = None
        for name in below:
            class_name, _, function = name.rpartition(".")
            if function[0] != "_" and class_name[:1] != "_":
                owner = name
                if name != "wait_for":  # wait_for(q.get(), 1) waits for q.get
                    break
            elif owner is None and function[:2] == "__" and class_name[:1] not in ("", "_"):
                owner = class_name  # TaskGroup.__aexit__: the end of an async with block
        if owner is not None:
            return owner.rpartition("<locals>.")[2], trail
        waiter = task._fut_waiter
        if isinstance(waiter, _TASKS):
            return self._lane_of.get(waiter) or waiter.get_name(), trail
        if type(waiter).__name__ == "_GatheringFuture":
            return "gather", trail
        return ("its turn" if waiter is None else "a future"), trail

    # -- words ------------------------------------------------------------------

    def _make_timeline(self):
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
            spans.append(Span(names[lane], name, round(start, 6), round(end, 6), state, words, places))
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

    def _names(self):
        """What to call each lane: its label, with a number where several have the same."""
        count = Counter(lane.label for lane in self._lanes)
        seen = Counter()
        names = {}
        for lane in self._lanes:
            names[lane] = lane.label
            if count[lane.label] > 1:
                seen[lane.label] += 1
                names[lane] = f"{lane.label} #{seen[lane.label]}"
        return names

    def _file_name(self, code):
        """How to call the file of some code: "" for the one that opened the trace."""
        file = code.co_filename
        if file == self._file:
            return ""
        if self._name_file is not None and (name := self._name_file(file)):
            return name
        return os.path.basename(file) if _exists(file) else f"the cell with {_short_name(code)}"

    def _place(self, place):
        """'line 7', with its file or cell when that is not the one that opened the trace."""
        if not isinstance(place, tuple):
            return place or ""
        code, line = place
        file = self._file_name(code)
        return f"line {line} of {file}" if file else f"line {line}"


def _wait_note(name, place, extra):
    return f"waiting for {name}{place and ', ' + place}{extra}"


def _step_note(name, begin, end):
    return " ".join([f"from {begin}"] * bool(begin) + [f"to {end}"] * bool(end))


def _end_note(name, text, place):
    return f"{text}{place and ', ' + place}"


def _last(trail):
    return trail[-1] if trail else None


def _error_text(error):
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}".removesuffix(": ")


class _Lane:
    """What is known about one task. Holds no reference to it."""

    __slots__ = (  # noqa: RUF023
        "label",  # what is written over its bar
        "work",  # the name of its coroutine
        "task",  # a weak reference
        "since",  # when its wait began,
        "target",  # what for (a name or another lane),
        "trail",  # and where: (code, line) of each call, the innermost last
        "step_start",  # when its step began; None while it waits
        "steps",  # how many began
        "cancel_requests",  # task.cancelling() when its wait began
        "was_alive",  # it waited already when the trace began
        "done",
    )

    def __init__(self, label, work, now):
        self.label = label
        self.work = work
        self.since = now
        self.target = "its first turn"
        self.trail = ()
        self.step_start = None
        self.steps = 0
        self.cancel_requests = 0
        self.was_alive = False
        self.done = False

    @property
    def place(self):
        """The innermost place in the reader's own code, as (code, line), or None."""
        return _last(self.trail)

    def take_name(self, task):
        """Prefer a name that the reader gave. (3.13.0 names unnamed eager tasks "None".)"""
        name = task.get_name()
        if name != "None" and not (name.startswith("Task-") and name[5:].isdigit()):
            self.label = name


class _Step:
    """One due step of a task: runs it and tells the trace when."""

    __slots__ = ("__self__", "callback", "due", "lane", "trace")

    def __init__(self, owner, lane, callback, task, due):
        self.trace = owner
        self.lane = lane
        self.callback = callback
        self.__self__ = task  # asyncio's own messages look for the task here
        self.due = due

    def __call__(self, *args):
        owner, lane, task = self.trace, self.lane, self.__self__
        if not owner._active or lane.done:
            return self.callback(*args)
        try:
            owner._begin_step(lane, task, self.due, args)
        except Exception as problem:
            owner._problem = problem
        try:
            return self.callback(*args)
        finally:
            if owner._active and lane.step_start is not None:
                try:
                    owner._close_step(lane, task, owner.now())
                except Exception as problem:
                    owner._problem = problem

    def __repr__(self):
        return repr(self.callback)


@lru_cache(maxsize=1024)
def _exists(filename):
    return os.path.exists(filename)
