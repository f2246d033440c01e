"""Tasks that go on after their cell has ended: which they are, how they end, and how they are stopped.

Nothing is added to the tasks themselves, which a reader can print: the page's worker calls `look` now and
then. Only tasks of the page's own loop can go on; `asyncio.run` and virtual time cancel theirs.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final, TypedDict

from overlap_contract import CELL_FILE_PREFIX

#: So many names are told.
MAX_NAMES: Final = 3


class TasksLeft(TypedDict):
    """What the page is told of the tasks of an ended run: `TasksLeft` of protocol.ts."""

    run: int
    count: int
    names: list[str]
    failed: int


class _Ended:
    """A run that has ended, and its tasks. It keeps none of them alive."""

    def __init__(self) -> None:
        self.seen: weakref.WeakSet[Any] = weakref.WeakSet()
        #: Failed, and nobody has asked for the exception. The code of another cell still may.
        self.unasked: weakref.WeakSet[Any] = weakref.WeakSet()
        #: Cancelled by the reader, and with them whatever they start meanwhile.
        self.cancelled: weakref.WeakSet[Any] | None = None
        self.failed = 0
        self.told: TasksLeft | None = None


class GoingOn:
    """The tasks of all ended runs on one loop. `run_of` returns the number of a task's run."""

    def __init__(self, loop: asyncio.AbstractEventLoop, run_of: Callable[[Any], int | None]) -> None:
        self._loop = loop
        self._run_of = run_of
        self._runs: dict[int, _Ended] = {}

    def tasks_of(self, runs: Iterable[int]) -> list[asyncio.Task[Any]]:
        """Return the tasks of runs that are not done, by name: `all_tasks` has no order."""
        wanted = set(runs)
        tasks = [task for task in asyncio.all_tasks(self._loop) if self._run_of(task) in wanted]
        return sorted(tasks, key=lambda task: (len(task.get_name()), task.get_name()))

    def begin(self, run: int) -> TasksLeft:
        """Look after the tasks of a run, which has ended. Return which they are."""
        self._runs[run] = _Ended()
        self._look_at(run, self.tasks_of([run]))
        told = self._runs[run].told
        assert told is not None
        return told

    def look(self, *, is_quiet: bool) -> list[TasksLeft]:
        """Return what has changed since it was last told.

        If no cell runs (`is_quiet`), none will ask for the exceptions of tasks that have ended before.
        """
        tasks: dict[int | None, list[Any]] = {run: [] for run in self._runs}
        for task in self.tasks_of(self._runs):
            tasks[self._run_of(task)].append(task)
        changed = []
        for run, ended in list(self._runs.items()):
            before = ended.told
            if is_quiet:
                for task in [each for each in ended.unasked if each._log_traceback]:
                    self._report(task)
                ended.unasked.clear()
            self._look_at(run, tasks[run])
            if ended.told is not None and ended.told != before:
                changed.append(ended.told)
            if not (tasks[run] or ended.unasked or self._has_callbacks()):
                del self._runs[run]
        return changed

    def _has_callbacks(self) -> bool:
        """Return whether the loop will call something, which may make a task."""
        loop: Any = self._loop
        return bool(loop._ready or loop._scheduled)

    @property
    def any(self) -> bool:
        """Return whether there is something to look after."""
        return bool(self._runs)

    def note_failure(self, run: int) -> None:
        """Note that Python has told of a task that failed."""
        if run in self._runs:
            self._runs[run].failed += 1

    def stop(self, runs: Iterable[int]) -> None:
        """Cancel the tasks of runs, and what these start until all have ended."""
        for run in runs:
            if run in self._runs:
                self._runs[run].cancelled = weakref.WeakSet()
                self._cancel(run, self.tasks_of([run]))

    def is_stopping(self, run: int) -> bool:
        """Return whether the reader has stopped the tasks of a run."""
        return run in self._runs and self._runs[run].cancelled is not None

    def _cancel(self, run: int, tasks: list[asyncio.Task[Any]]) -> None:
        cancelled = self._runs[run].cancelled
        if cancelled is None:
            return
        for task in tasks:
            if task not in cancelled:
                cancelled.add(task)
                task.cancel()

    def _look_at(self, run: int, tasks: list[asyncio.Task[Any]]) -> None:
        ended = self._runs[run]
        self._cancel(run, tasks)
        done = [task for task in ended.seen if task.done()]
        ended.unasked.update(task for task in done if task._log_traceback)
        ended.seen.difference_update(done)
        ended.seen.update(tasks)
        names = [task.get_name() for task in tasks[:MAX_NAMES]]
        ended.told = {"run": run, "count": len(tasks), "names": names, "failed": ended.failed}

    def _report(self, task: Any) -> None:
        """Tell of an exception as Python does when it throws the task away, which may be never."""
        error = task._exception
        task._log_traceback = False
        self._loop.call_exception_handler(
            {"message": "Task exception was never retrieved", "exception": error, "task": task}
        )


def interrupt(tasks: Iterable[Any]) -> None:
    """Raise KeyboardInterrupt where tasks wait: they go on although they were cancelled.

    A task that waits for nothing, `asyncio.sleep(0)` say, hears of it at its next step.
    """
    ready = weakref.WeakSet[Any]()
    for task in tasks:
        waits_for = task._fut_waiter
        while isinstance(waits_for, asyncio.Task):
            task, waits_for = waits_for, waits_for._fut_waiter  # type: ignore[attr-defined]
        if waits_for is None:
            ready.add(task)
        elif not waits_for.done():
            waits_for.set_exception(KeyboardInterrupt())
    if ready:
        sys.settrace(_interrupting(ready))


def _interrupting(tasks: weakref.WeakSet[Any]) -> Callable[..., Any]:
    """Return a trace function that raises KeyboardInterrupt once in the code of each of these tasks."""

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(CELL_FILE_PREFIX):
            return None
        loop = asyncio._get_running_loop()
        task = asyncio.current_task(loop) if loop is not None else None
        if loop is None or task not in tasks:
            return None
        tasks.discard(task)
        if tasks:  # a trace function that raises something is not called again
            loop.call_soon(sys.settrace, trace)
        raise KeyboardInterrupt

    return trace
