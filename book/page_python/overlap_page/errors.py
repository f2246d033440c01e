"""Exceptions as the page shows them: the reader's frames, named by cell and line."""

from __future__ import annotations

import itertools
import sys
import traceback
from collections.abc import Collection, Iterator
from types import FrameType
from typing import Any, Final, TypedDict

from overlap_contract import CELL_FILE_PREFIX as CELL

#: A longer error is shown with its middle left out.
MAX_ERROR: Final = 100_000

#: What makes the page run, which no reader has heard of.
NOT_WORTH_A_WORD: Final = (__package__, "pyodide", "_pyodide")

#: A tree of exceptions is drawn up to this many, and this deep.
MAX_TREE: Final = 100
MAX_DEPTH: Final = 20


class Place(TypedDict):
    """A line of a cell."""

    cell: str
    line: int | None


class Message(TypedDict):
    """The type and the message of an exception."""

    type: str
    message: str


class ErrorNode(Message):
    """One exception of a group, or the group: `ErrorNode` of protocol.ts."""

    cell: str | None
    line: int | None
    members: list[ErrorNode]
    leftOut: int
    because: ErrorNode | None
    stated: bool


class CellError(Message):
    """What the page shows of an exception: `CellError` of protocol.ts."""

    text: str
    frames: list[Place]
    missing: str | None
    tree: ErrorNode | None
    all: list[Message]


def describe(error: BaseException) -> CellError:
    """Return what the page shows of an exception: its text, and where in which cell it came from."""
    summary = traceback.TracebackException.from_exception(error, lookup_lines=False)
    _cut(summary, set())
    frames: list[Place] = [
        {"cell": frame.filename[len(CELL) :], "line": frame.lineno}
        for frame in summary.stack or ()
        if _is_readers(frame)
    ]
    name = error.filename if isinstance(error, SyntaxError) else None
    if isinstance(error, SyntaxError) and isinstance(name, str) and name.startswith(CELL):
        frames.append({"cell": name[len(CELL) :], "line": error.lineno})
    return {
        "type": type(error).__name__,
        "message": _message_of(error),
        "text": _shortened("".join(summary.format())),
        "frames": frames,
        "missing": _missing_module(error),
        "tree": _tree_of(error) if isinstance(error, BaseExceptionGroup) else None,
        "all": [
            {"type": type(each).__name__, "message": _message_of(each)}
            for each in itertools.islice(_all_of(error), MAX_TREE)
        ],
    }


def is_not_tokenized(error: BaseException | None) -> bool:
    """Return whether an error is of a cell's text (tabs beside spaces, say), found before that has a name."""
    if not isinstance(error, SyntaxError) or error.filename != "<string>":
        return False
    return not any(f.f_code.co_filename.startswith(CELL) for f, _ in traceback.walk_tb(error.__traceback__))


def _is_readers(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith(CELL)


def from_readers(frames: list[FrameType]) -> list[FrameType]:
    """Return the frames, outermost first, without those that called the cell; all if none is a cell's."""
    return list(itertools.dropwhile(lambda frame: not _is_a_cells(frame), frames)) or frames


def _is_a_cells(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(CELL)


def walk_readers_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    """Do what `traceback.walk_stack` does, up to the cell: for `print_stack` and logging's `stack_info`."""
    frame = f or sys._getframe().f_back
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return ((each, each.f_lineno) for each in reversed(from_readers(frames[::-1])))


class ReaderStack(traceback.StackSummary):
    """The frames of a traceback, cut to those the reader wrote."""

    def format(self, **options: Any) -> list[str]:
        """Return the reader's frames as text, and a line for each group of others."""
        mine = [i for i, frame in enumerate(self) if _is_readers(frame)]
        lines: list[str] = []
        shown = list(self)[mine[0] if mine else 0 :]
        for is_mine, group in itertools.groupby(shown, _is_readers):
            if is_mine:
                # Together: Python folds the frames of a deep recursion.
                lines.extend(traceback.StackSummary.from_list(list(group)).format(**options))
                continue
            hidden = [package_of(frame.filename) for frame in group]
            hidden = [package for package in hidden if package not in NOT_WORTH_A_WORD]
            if hidden:
                places = in_words(dict.fromkeys(hidden))
                s = "s" if len(hidden) > 1 else ""
                lines.append(f"  … {len(hidden)} frame{s} inside {places} not shown\n")
        return lines


def in_words(names: Collection[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def package_of(filename: str) -> str:
    """Return the library that a frame belongs to: `asyncio` for `…/asyncio/tasks.py`."""
    parts = filename.removesuffix(".py").replace("site-packages/", "").split("/")
    after = [i for i, part in enumerate(parts) if part.startswith("python3")]
    rest = parts[after[-1] + 1 :] if after else parts[-1:]
    return (rest or parts)[0]


def _shortened(text: str) -> str:
    """Return `text`, without its middle if it is so long that drawing it would hold up the page."""
    left_out = len(text) - MAX_ERROR
    if left_out <= 0:
        return text
    return f"{text[: MAX_ERROR // 2]}\n… {left_out:,} characters not shown …\n{text[-MAX_ERROR // 2 :]}"


def _message_of(error: BaseException) -> str:
    """Return the message of an exception, whatever its `__str__` does."""
    if isinstance(error, BaseExceptionGroup):
        return _shortened(error.message)  # the rest, "(2 sub-exceptions)", is what the tree shows
    try:
        return _shortened(str(error))
    except Exception:
        return "(its text cannot be made)"


def _members_of(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()


def _shown_because(error: BaseException) -> tuple[BaseException | None, bool]:
    """Return the exception that a traceback shows above this one, and whether it is its stated cause."""
    if error.__cause__ is not None:
        return error.__cause__, True
    return None if error.__suppress_context__ else error.__context__, False


def _all_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, those in its group, and those they came from; each once."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*_members_of(each), _shown_because(each)[0]]


def _tree_of(
    error: BaseException, budget: Iterator[int] | None = None, above: frozenset[int] = frozenset()
) -> ErrorNode:
    """Return an exception group as a tree of at most MAX_TREE exceptions, each with its place."""
    counted = budget or itertools.count()
    frames = ((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__))
    mine = [(name, line) for name, line in frames if name.startswith(CELL)]
    path = above | {id(error)}

    def below(other: BaseException | None) -> ErrorNode | None:
        if other is None or id(other) in path or len(path) > MAX_DEPTH or next(counted) >= MAX_TREE:
            return None
        return _tree_of(other, counted, path)

    because, stated = _shown_because(error)
    members = _members_of(error)
    shown = [node for node in map(below, members) if node is not None]
    return {
        "type": type(error).__name__,
        "message": _message_of(error),
        "cell": mine[-1][0][len(CELL) :] if mine else None,
        "line": mine[-1][1] if mine else None,
        "members": shown,
        "leftOut": len(members) - len(shown),
        "because": below(because),
        "stated": stated,
    }


def _missing_module(error: BaseException) -> str | None:
    """Return the module that an import did not find, if it is of neither Python nor this page."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    name = error.name.partition(".")[0]
    if name in sys.stdlib_module_names or name in sys.modules:
        return None
    return name


def _cut(summary: traceback.TracebackException | None, seen: set[int]) -> None:
    """Replace the stacks of an exception, its causes and its group by cut ones."""
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    if summary.stack is not None:
        mine = any(map(_is_readers, summary.stack))
        if not mine and any("/IPython/" in frame.filename for frame in summary.stack):
            summary.stack = None  # type: ignore[assignment]  # a syntax error, say: nothing of the reader's ran
        else:
            summary.stack = ReaderStack(summary.stack)
    for other in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        _cut(other, seen)
