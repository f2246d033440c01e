"""Look at a coroutine: what it is called, where it is suspended, and whether its code is the reader's."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import sysconfig
import types
from collections.abc import Sequence
from functools import lru_cache
from gc import get_referents
from typing import Any

#: asyncio's task in C, and the same in Python.
TASK_TYPES: tuple[type[asyncio.Task[Any]], ...] = (
    asyncio.Task,
    asyncio.tasks._PyTask,  # type: ignore[attr-defined]
)
_OPAQUE = {"async_generator_asend", "async_generator_athrow", "coroutine_wrapper", "anext_awaitable"}

# Code in these folders is not the reader's: line numbers there help nobody.
_LIBRARY = tuple(
    {
        os.path.normpath(path) + os.sep
        for path in (
            os.path.dirname(os.__file__),
            os.path.dirname(__file__),
            *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
        )
        if path
    }
)


class CoroutineWrapper:
    """What stands for a coroutine, `inner`, and is shown as that: something counts or times it, say."""

    inner: Any


def unwrapped(coro: Any) -> Any:
    """Return the coroutine itself."""
    while isinstance(coro, CoroutineWrapper):
        coro = coro.inner
    return coro


def wakes_cancelled(task: asyncio.Task[Any], args: Sequence[Any]) -> bool:
    """Return whether the step of a task that is due begins with a CancelledError.

    `args` are those of the step: the future from which the task wakes up, or none.
    """
    if task._must_cancel:  # type: ignore[attr-defined]
        return True
    future: asyncio.Future[Any] | None = args[0] if args else None
    if future is None or not future.done():
        return False
    return future.cancelled() or isinstance(future._exception, asyncio.CancelledError)


def await_link(awaited: Any) -> tuple[types.CodeType, types.FrameType | None, Any] | tuple[None, None, None]:
    """Return (code, frame, what it awaits) of a coroutine, generator or async generator.

    Three times None for anything else.
    """
    awaited = unwrapped(awaited)
    kind = type(awaited)
    if kind.__name__ in _OPAQUE:
        # No attribute leads further, but the garbage collector knows the way.
        inside = (types.AsyncGeneratorType, types.CoroutineType)
        awaited = next((o for o in get_referents(awaited) if isinstance(o, inside)), None)
        kind = type(awaited)
    if kind is types.CoroutineType:
        return awaited.cr_code, awaited.cr_frame, awaited.cr_await
    if kind is types.GeneratorType:
        return awaited.gi_code, awaited.gi_frame, awaited.gi_yieldfrom
    if kind is types.AsyncGeneratorType:
        return awaited.ag_code, awaited.ag_frame, awaited.ag_await
    return None, None, None


def code_of(coro: Any) -> types.CodeType | None:
    """Return the code of a coroutine, generator or async generator; None for anything else."""
    return await_link(coro)[0]


def has_started(task: asyncio.Task[Any]) -> bool:
    """Return whether any code of a task has run, also if its coroutine is a generator or one made in C.

    An eager task begins before it is returned.
    """
    if task.done() or task._fut_waiter is not None:  # type: ignore[attr-defined]
        return True
    coro = unwrapped(task.get_coro())
    if inspect.iscoroutine(coro):
        return inspect.getcoroutinestate(coro) != inspect.CORO_CREATED
    return inspect.isgenerator(coro) and inspect.getgeneratorstate(coro) != inspect.GEN_CREATED


def is_readers(code: types.CodeType | None) -> bool:
    """Return whether code is the reader's own, not a library's."""
    return code is not None and not in_library(code.co_filename)


@lru_cache(maxsize=1024)
def in_library(filename: str) -> bool:
    """Return whether a file belongs to Python, to this package, to the page, or is installed."""
    path = os.path.normpath(filename)
    of_the_page = os.path.basename(os.path.dirname(path)) == "overlap_page"
    return filename.startswith("<frozen") or of_the_page or path.startswith(_LIBRARY)


def short_name(code: types.CodeType | None) -> str:
    """Return the qualified name without the functions around it: 'fetch', 'Client.get'."""
    return "coroutine" if code is None else code.co_qualname.rpartition("<locals>.")[2]


def call_label(coro: Any) -> str:
    """Return 'fetch(3)' when the arguments are short and plain, otherwise 'fetch'.

    Only for a coroutine that has not started: then its local variables are its arguments.
    """
    coro = unwrapped(coro)
    code, frame, _ = await_link(coro)
    name = short_name(code)
    if code is None or frame is None or not isinstance(coro, types.CoroutineType):
        return name
    if inspect.getcoroutinestate(coro) != inspect.CORO_CREATED:
        return name
    values = frame.f_locals
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if parameters[:1] in (("self",), ("cls",)):
        parameters = parameters[1:]
    shown = [_plain(values.get(parameter)) for parameter in parameters]
    if sys.version_info < (3, 13):
        values.clear()  # a copy that would keep the arguments alive
    while shown and shown[-1] == "None":
        shown.pop()
    if all(text == "…" for text in shown):
        return name
    return f"{name}({', '.join(shown)})"


def _plain(value: object) -> str:
    if value is None or type(value) in (bool, int, float):
        return repr(value) if len(repr(value)) <= 12 else "…"
    if type(value) is str and len(value) <= 16:
        return repr(value)
    return "…"
