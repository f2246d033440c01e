"""A trace whose spans go into the file of a process as they happen, so that they outlive it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from . import asyncio_tracer
from .asyncio_tracer import MAX_SPANS, trace
from .coroutines import call_label, code_of, has_started
from .waits import ASYNCIO

#: How the words of a record are made, by name.
NOTES: dict[str, Callable[..., str]] = {
    "wait": asyncio_tracer._wait_note,
    "step": asyncio_tracer._step_note,
    "end": asyncio_tracer._end_note,
}
_NAMES = {function: name for name, function in NOTES.items()}


class SpooledTrace(trace):
    """Record the tasks of one loop from now on."""

    def __init__(self, loop: Any, thread: int, put: Callable[..., None], number: int) -> None:
        super().__init__(clock=time.perf_counter)
        self.thread, self.loop = thread, loop
        self._put, self._number = put, number
        self._told: dict[int, tuple[str, int | None]] = {}
        self._loop, self._file, self._virtual, self._zero = loop, "", False, 0.0
        self._clock = time.perf_counter
        if getattr(loop, "is_virtual", False):
            return  # its seconds are not those of the others
        self._active = True
        self._records: Any = _Written(self)
        self.include(loop)
        for task in asyncio.all_tasks(loop):  # of a loop that runs already, or was given a task before it ran
            coro = task.get_coro()
            lane = self._add_lane(task, coro, call_label(coro), self.now())
            lane.was_alive, lane.steps = True, int(has_started(task))
        for handle in list(getattr(loop, "_ready", ())):
            if handle._callback is not None:
                handle._callback = asyncio_tracer._watch_step(handle._callback, (self,))

    def _discover(self, task: asyncio.Task[Any]) -> Any:
        # Also what a library starts for itself, a server's task for each connection; not what asyncio does.
        lane, code = super()._discover(task), code_of(task.get_coro())
        if lane is None and not (code and code.co_filename.startswith(ASYNCIO)):
            lane = self._add_lane(task, task.get_coro(), "", self.now())
        return lane

    def end(self) -> None:
        """Close what is open: the program ends."""
        if self._active:
            self._active = False
            self._close_open_spans(self.now(), "; not done when the program ended")
            asyncio_tracer._detach(self)
            if self._dropped or self._problem:
                words = f"{self._dropped:,} spans of tasks came after the first {MAX_SPANS:,}. " * bool(
                    self._dropped
                )
                words += f"The tracer had a problem: {self._problem!r}." * bool(self._problem)
                self._put("!", words)

    def write(self, number: int, record: Any) -> None:
        """Write one record, and before it who its lanes are."""
        note, lane, target, start, end, state, trail, about = record
        self._tell(lane)
        if not isinstance(target, str):
            self._tell(target)
            target = (id(target),)
        plain = tuple((part[0].co_filename, part[1]) if isinstance(part, tuple) else part for part in about)
        places = tuple((code.co_filename, line) for code, line in trail)
        self._put(
            "R",
            self._number,
            number,
            self.thread,
            id(lane),
            _NAMES[note],
            target,
            start,
            end,
            state,
            places,
            plain,
            lane.done,
        )

    def _tell(self, lane: Any) -> None:
        maker = id(lane.maker) if lane.maker is not None else None
        if self._told.get(id(lane)) != (lane.label, maker):
            self._told[id(lane)] = (lane.label, maker)
            self._put("K", self._number, id(lane), lane.label, maker)


class _Written:
    """Stands for the list of a trace's records. Keeps those only that may be changed."""

    def __init__(self, owner: SpooledTrace) -> None:
        self.owner, self.count, self.kept = owner, 0, dict[int, Any]()

    def __len__(self) -> int:
        return self.count

    def append(self, record: Any) -> None:
        if record[5] == "cancelled" and record[3] != record[4]:
            self.kept[self.count] = record
        self.owner.write(self.count, record)
        self.count += 1

    def __getitem__(self, number: int) -> Any:
        return self.kept.pop(number)

    def __setitem__(self, number: int, record: Any) -> None:
        self.owner.write(number, record)
