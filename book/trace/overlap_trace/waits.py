"""Say in words where a task is and what it waits for."""

from __future__ import annotations

import asyncio
import functools
import linecache
import os
import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from .coroutines import TASK_TYPES, await_link, is_readers, short_name
from .spans import format_seconds

# Where the code of asyncio itself is from.
ASYNCIO = os.path.dirname(asyncio.sleep.__code__.co_filename) + os.sep

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Wait:
    """The place of a task: file, line and source of the program's own code, and why it waits.

    `what` is the awaited function ("Lock.acquire") or thing ("a future"), "" if the task
    waits for its turn only. `name` is how the program calls the awaited object, `task` is
    the awaited task, `owner` the object whose method is awaited. Line, task and owner may be
    None.
    """

    what: str
    name: str
    task: asyncio.Task[Any] | None
    owner: object
    label: str
    file: str
    line: int | None
    source: str

    @property
    def text(self) -> str:
        """Say what it waits for: "Lock.acquire of fork", "task fetch(1)"."""
        if self.task is not None:
            return f"task {self.label}"
        if not self.what:
            return TURN
        return f"{self.what} of {self.name}" if self.name else self.what

    def where(self, main_file: str) -> str:
        """Say where it is: "line 7: async with fork:", with the file if it is not main's."""
        if self.line is None:
            return ""
        place = f"line {self.line}"
        if self.file != main_file:
            place += f" of {os.path.basename(self.file)}"
        return f"{place}: {self.source}" if self.source else place


def describe_wait(
    task: asyncio.Task[Any],
    label_of: Callable[[asyncio.Task[Any]], str],
    main: asyncio.Task[Any] | None = None,
) -> Wait:
    """Return where a task that is not running is, and what it waits for.

    Follows the chain of awaits to the last frame of the program's own code; what lies
    below is asyncio's, and the first public function there is what the program awaited.
    `label_of(task)` names another task. The names of objects are those that the coroutine
    of the task `main` uses, if it knows them: two tasks may call two locks by one name.
    """
    mine: FrameType | None = None
    below: list[tuple[str, FrameType | None]] = []
    awaited: Any = task.get_coro()
    for _ in range(100):
        code, frame, deeper = await_link(awaited)
        if code is None:
            break
        if is_readers(code):
            mine, below = frame, []
        else:
            below.append((short_name(code), frame))
        awaited = deeper
    file, line = (mine.f_code.co_filename, mine.f_lineno) if mine is not None else ("", None)
    source = linecache.getline(file, line).strip() if line else ""
    waiter = getattr(task, "_fut_waiter", None)

    frames = [await_link(other.get_coro())[1] for other in (main,) if other is not None] + [mine]

    def wait(what: str, name: str = "", task: asyncio.Task[Any] | None = None, owner: object = None) -> Wait:
        label = label_of(task) if task is not None else ""
        return Wait(what, name, task, owner, label, file, line, source)

    public = [link for link in below if "_" not in (link[0][0], link[0].rpartition(".")[2][0])]
    # wait_for(q.get(), 1) waits for q.get; the wrapper says nothing new.
    public = [link for link in public if link[0] != "wait_for"] or public
    if public:
        what, frame = public[0]
        if what == "sleep":
            delay = frame.f_locals.get("delay") if frame is not None else None
            return wait(f"sleep of {format_seconds(delay)}" if isinstance(delay, (int, float)) else "sleep")
        return wait(what, _name_of_owner(frame, frames), owner=_owner(frame))
    owners = [(name.partition(".")[0], frame) for name, frame in below if ".__" in name and name[0] != "_"]
    if owners:  # TaskGroup.__aexit__: the end of an async with block
        what, frame = owners[0]
        return wait(what, _name_of_owner(frame, frames))
    if waiter is None:
        return wait("")
    if isinstance(waiter, TASK_TYPES):
        return wait("task", task=waiter)
    if type(waiter).__name__ == "_GatheringFuture":
        return wait("gather")
    return wait("a future", _name_of(waiter, frames))


def _name_of_owner(frame: FrameType | None, frames: Sequence[FrameType | None]) -> str:
    """Return what the program calls the object whose method waits: 'lock' for Lock.acquire."""
    owner = _owner(frame)
    return _name_of(owner, frames) if owner is not None else ""


def _owner(frame: FrameType | None) -> object:
    return frame.f_locals.get("self") if frame is not None else None


#: What a task waits for that is ready to run.
TURN, FIRST_TURN = "its turn", "its first turn"

# By the name of what a library's coroutine belongs to: asyncio's, and what others call alike.
_KINDS = {
    "sleep": "sleep",
    "Lock": "lock",
    "Semaphore": "semaphore",
    "BoundedSemaphore": "semaphore",
    "CapacityLimiter": "semaphore",
    "Condition": "event",
    "Event": "event",
    "Barrier": "event",
    "Queue": "queue",
    "PriorityQueue": "queue",
    "LifoQueue": "queue",
    "TaskGroup": "task",
    "gather": "task",
    "wait": "task",
    "wait_for": "task",  # of 3.11, which wraps in a task
    TURN: "turn",
    FIRST_TURN: "turn",
    "as_completed": "task",
}


def kind_of_wait(awaited: str) -> str:
    """Return the kind of a wait, one of KINDS, by the name that a timeline gives it: "Lock.acquire"."""
    return _KINDS.get(awaited.partition(".")[0], "other")


@contextmanager
def noting_holders(holders: MutableMapping[asyncio.Lock, asyncio.Task[Any] | None]) -> Iterator[None]:
    """Note in the dict `holders` which task holds each asyncio.Lock that is taken meanwhile.

    asyncio does not keep that. It does set one attribute when a lock is taken and given back.
    """

    def is_locked(lock: asyncio.Lock) -> Any:
        return lock.__dict__["_locked"]

    def set_locked(lock: asyncio.Lock, locked: bool) -> None:
        lock.__dict__["_locked"] = locked
        if locked:
            holders[lock] = asyncio.current_task()
        else:
            holders.pop(lock, None)

    lock_class: Any = asyncio.Lock
    outer = lock_class.__dict__.get("_locked")
    lock_class._locked = property(is_locked, set_locked)
    try:
        yield
    finally:
        del lock_class._locked
        if outer is not None:
            lock_class._locked = outer


def _name_of(thing: object, frames: Sequence[FrameType | None]) -> str:
    """Return the name that frames of the program have for an object ('lock', 'forks[1]'), or ''."""
    places = [names for frame in frames if frame is not None for names in (frame.f_locals, frame.f_globals)]
    for names in places:
        for name, value in list(names.items()):
            if value is thing and not name.startswith("_"):
                return name
    for names in places:
        for name, value in list(names.items()):
            if not name.startswith("_"):
                for part, item in _parts(value):
                    if item is thing:
                        return name + part
    return ""


def _parts(value: object) -> list[tuple[str, object]]:
    """Return what a list, a dict or an object of the program's own holds, as (how to write it, item)."""
    if isinstance(value, (list, tuple)):
        return [(f"[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return [(f"[{key!r}]", item) for key, item in value.items()]
    if isinstance(value, type) or type(value).__module__ in ("builtins", "asyncio.locks", "asyncio.queues"):
        return []
    return [(f".{name}", item) for name, item in getattr(value, "__dict__", {}).items()]


def is_plain_name(name: str) -> bool:
    """Return whether asyncio made this name of a task: Task-7."""
    return name.startswith("Task-") and name[5:].isdigit()


def task_of(handle: asyncio.Handle) -> asyncio.Task[Any] | None:
    """Return the task whose step a handle of the loop runs, or None for any other callback."""
    callback = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, TASK_TYPES):
        return None
    # loop.call_soon(task.cancel) is no step. What runs a step has a name that is no
    # attribute of a task, or no name at all.
    return None if hasattr(type(task), getattr(callback, "__name__", "")) else task


def is_asyncios_own(handle: asyncio.Handle) -> bool:
    """Return whether a handle runs a callback of asyncio itself, one that only makes tasks ready.

    Not so: a step of a task, what the program gave to the loop (a public function of asyncio
    perhaps, or a method written in C), and a TaskGroup that learns of a failure, because then
    it cancels tasks.
    """
    if task_of(handle) is not None:
        return False
    callback = handle._callback  # type: ignore[attr-defined]
    while isinstance(callback, functools.partial):
        callback = callback.func
    code = getattr(callback, "__code__", None)
    if code is None or not code.co_filename.startswith(ASYNCIO):
        return False
    if code.co_name == "_on_task_done" and handle._args[0]._exception is not None:
        return False
    return bool(code.co_name.startswith("_"))


def short_repr(value: object, most: int = 80) -> str:
    """Return repr() without memory addresses, cut to `most` characters."""
    try:
        text = _ADDRESS.sub("", repr(value))
    except Exception as error:
        return f"<{type(value).__name__}: no repr, {type(error).__name__}>"
    return text if len(text) <= most else text[: most - 1] + "…"
