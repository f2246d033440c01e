"""What a coroutine is, where it is suspended, and whether its code is the reader's."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import sysconfig
import types
from functools import lru_cache
from gc import get_referents

_TASKS = (asyncio.Task, asyncio.tasks._PyTask)
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


def _is_cancelled(future):
    """Whether waking up from this future means CancelledError in the task."""
    if not future.done():
        return False
    return future.cancelled() or isinstance(future._exception, asyncio.CancelledError)


def _await_link(awaited):
    """(code, frame, what it awaits) of a coroutine, generator or async generator."""
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


def _code(coro):
    return _await_link(coro)[0]


def _is_readers(code):
    return code is not None and not _in_library(code.co_filename)


@lru_cache(maxsize=1024)
def _in_library(filename):
    return filename.startswith("<frozen") or os.path.normpath(filename).startswith(_LIBRARY)


def _short_name(code):
    """The qualified name without the functions around it: 'fetch', 'Client.get'."""
    return "coroutine" if code is None else code.co_qualname.rpartition("<locals>.")[2]


def _label(coro):
    """'fetch(3)' when the arguments are short and plain, otherwise 'fetch'.

    Only for a coroutine that has not started: then its local variables are its arguments.
    """
    code, frame, _ = _await_link(coro)
    name = _short_name(code)
    if frame is None or not isinstance(coro, types.CoroutineType):
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


def _plain(value):
    if value is None or type(value) in (bool, int, float):
        return repr(value) if len(repr(value)) <= 12 else "…"
    if type(value) is str and len(value) <= 16:
        return repr(value)
    return "…"
