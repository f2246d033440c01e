"""A timeline for each async cell of a notebook, without a change to the cell.

    %load_ext overlap_trace

From then on, every cell that awaits something is followed by the drawing of its own run. A
cell that begins with the line %%virtual runs in virtual time.

It works on IPython's one method that runs the statements of a cell, `run_ast_nodes`: the
trace begins before the first statement and ends after the last. The code, its result, its
exceptions and its cancellation are left alone.

The pages of a site use the same thing with more of it switched on (`Cells`): drawings while
the cell still runs, cancelling one task, and cells that run in virtual time.
"""

from __future__ import annotations

import ast
import asyncio
import contextvars
import importlib._bootstrap
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from .asyncio_tracer import trace
from .timeline import Timeline
from .virtual_time import Deadlock, TooManySteps, VirtualTimeError, follow, virtual

TITLE = "What each task did"
VIRTUAL_MARK = "%%virtual"

# A drawing takes time that the cell's own tasks have to wait. So drawings of a running cell
# are at least this far apart, and so far that they take less than 1/SHARE of the time.
REDRAW_SECONDS = 0.4
SHARE = 40
# With more lanes and spans than this, the only drawing is the one at the end.
REDRAW_SPANS = 500


@dataclass(frozen=True)
class Options:
    """The options of one cell. `live` also draws it while it runs."""

    timeline: bool = True
    live: bool = False
    virtual: bool = False


class CellTrace:
    """The trace of one run of one cell, in real time or, if it asks for that, in virtual time."""

    def __init__(self, file: str, name_file: Callable[[str], str] | None = None) -> None:
        self._file = file
        self._name_file = name_file
        self._real = self._begin(asyncio.get_running_loop(), "this cell")
        self._virtual: trace | None = None
        self._virtual_runs = 0
        self._timeline: Timeline | None = None
        self._redraw: Callable[[CellTrace], object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def _begin(self, loop: asyncio.AbstractEventLoop, caller: str) -> trace:
        t = trace(TITLE)
        t._name_file = self._name_file
        t._start(loop, self._file, caller)
        return t

    @property
    def _current(self) -> trace:
        """Return the trace that is drawn: of the latest virtual run, else of the cell itself."""
        return self._virtual or self._real

    def timeline(self) -> Timeline:
        """Return what was recorded, so far or in the end, as a Timeline."""
        if self._timeline is not None:
            return self._timeline
        timeline = self._current.snapshot()
        if self._virtual_runs > 1:
            data = timeline.to_dict()
            data["remark"] = f"{data['remark']} This is run {self._virtual_runs} of the cell in virtual time."
            timeline = Timeline.from_dict(data)
        return timeline

    def aside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of the notebook that does the same, and whose time is not charged to the cell."""

        def run(*args: Any, **kwargs: Any) -> Any:
            with self._current.aside():
                return function(*args, **kwargs)

        return run

    def compiler(self, inner: Any) -> Any:
        """Return a compiler that does the same, and whose time is not charged to the cell."""
        return _Compiler(self, inner)

    @contextmanager
    def first_imports_aside(self) -> Iterator[None]:
        """Charge nobody for the first import of a module, which every later run has for nothing."""
        bootstrap: Any = importlib._bootstrap
        inner = bootstrap._find_and_load  # called for modules that are not loaded yet

        def find_and_load(*args: Any, **kwargs: Any) -> Any:
            with self._current.aside():
                return inner(*args, **kwargs)

        # Tracebacks leave out frames of this file.
        code = find_and_load.__code__
        find_and_load.__code__ = code.replace(co_filename=inner.__code__.co_filename)
        bootstrap._find_and_load = find_and_load
        try:
            yield
        finally:
            if bootstrap._find_and_load is find_and_load:
                bootstrap._find_and_load = inner

    def living(self) -> list[int]:
        """Return the lanes, by number, whose tasks can still be cancelled."""
        return [] if self.ended else self._current.living()

    def cancel(self, lane: int) -> str | None:
        """Cancel the task of a lane, by number; return its name, or None if it is done."""
        return None if self.ended else self._current.cancel(lane)

    @property
    def ended(self) -> bool:
        """Return whether the cell has run to its end."""
        return self._timeline is not None

    def now(self) -> float:
        """Return the seconds since the trace began, on its own clock."""
        return self._current.now()

    def end(self) -> None:
        """Stop recording: the cell has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._redraw = self._timer = None
        if not self.ended:
            self._real.__exit__(None, None, None)
            self._timeline = self.timeline()

    def redraw(self, show: Callable[[CellTrace], object]) -> None:
        """Call show(self) now and then, until the end."""
        self._redraw = show
        self._later(REDRAW_SECONDS)

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        if self._redraw is None or self._current.size() > REDRAW_SPANS:
            return
        began = time.perf_counter()
        self._redraw(self)
        self._later(max(REDRAW_SECONDS, SHARE * (time.perf_counter() - began)))

    def follow(self, loop: asyncio.AbstractEventLoop) -> Callable[[], object]:
        """Record a loop that the cell starts, and return what to call at its end."""
        if self.ended:
            return lambda: None  # a task that goes on after its cell
        if self._current.has_clock_of(loop):
            self._current.include(loop)
            return lambda: None
        self._virtual_runs += 1
        mine = self._virtual = self._begin(loop, "this cell")
        return lambda: mine.__exit__(None, None, None)


class _Compiler:
    def __init__(self, cell: CellTrace, inner: Any) -> None:
        self._cell = cell
        self._inner = inner
        self._leading = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leading, self._leading = self._leading, False
        with self._cell._current.aside(leading=leading):
            return self._inner(*args, **kwargs)


class Cells:
    """The cells of an IPython shell, run traced, in virtual time, or as ever.

    `options()` is asked before each cell and returns its Options. `show(cell_trace)` is
    called after the cell, and while it runs if the options say live. `name_file(filename)`
    says how to call the code of another cell ("cell 2"); "" if it does not know.
    `latest` is the CellTrace of the cell that runs or ran last, if it was traced.
    """

    def __init__(
        self,
        shell: Any,
        options: Callable[[], Options],
        show: Callable[[CellTrace], object],
        name_file: Callable[[str], str] | None = None,
    ) -> None:
        self.shell = shell
        self.options = options
        self.show = show
        self.name_file = name_file
        self.latest: CellTrace | None = None
        self._inner = shell.run_ast_nodes
        shell.run_ast_nodes = self._run

    def remove(self) -> None:
        """Let the shell run its cells as before."""
        self.shell.run_ast_nodes = self._inner

    async def _run(self, nodes: Iterable[ast.AST], cell_name: str, *args: Any, **kwargs: Any) -> Any:
        options = self.options()
        if not (options.timeline or options.virtual) or not awaits(nodes):
            return await self._inner(nodes, cell_name, *args, **kwargs)
        cell = CellTrace(cell_name, self.name_file) if options.timeline else None
        self.latest = cell
        before = self.shell.showtraceback, sys.displayhook
        if cell is not None:
            token = follow.set(cell.follow)
            # To compile a statement, to show a traceback or a value is the notebook's work.
            kwargs["compiler"] = cell.compiler(kwargs.get("compiler", compile))
            self.shell.showtraceback, sys.displayhook = map(cell.aside, before)
            if options.live:
                cell.redraw(self.show)
        try:
            run = self._inner(nodes, cell_name, *args, **kwargs)
            if options.virtual:
                return await self._in_virtual_time(run, kwargs.get("result"))
            with nullcontext() if cell is None else cell.first_imports_aside():
                return await run
        finally:
            self.shell.showtraceback, sys.displayhook = before
            if cell is not None:
                follow.reset(token)
                cell.end()
                self.show(cell)

    async def _in_virtual_time(self, run: Awaitable[Any], result: Any) -> Any:
        """Run a cell in virtual time, and show what virtual() raises itself like an exception of the cell."""
        show = self.shell.showtraceback

        def show_unless_over(*args: Any, **kwargs: Any) -> None:
            # After a deadlock, say, the cell is cancelled so that it can clean up.
            if not getattr(asyncio._get_running_loop(), "is_closing_down", False):
                show(*args, **kwargs)

        self.shell.showtraceback = show_unless_over
        left: list[contextvars.Context] = []
        try:
            return await virtual(_this_cell(run, left))
        except (Deadlock, TooManySteps, VirtualTimeError) as error:
            show((type(error), error, None))  # no line of the cell raised it
            if result is not None:
                result.error_in_exec = error
            return True
        finally:
            self.shell.showtraceback = show
            for variable, value in left[0].items() if left else ():
                if variable.get(left) is not value:  # the cell has set it, in the context of its task
                    variable.set(value)


async def _this_cell(run: Awaitable[Any], left: list[contextvars.Context]) -> Any:
    """Run a cell, as the main task of virtual time. Messages and pictures show the name of this function."""
    try:
        return await run
    finally:
        left.append(contextvars.copy_context())


_this_cell.__code__ = _this_cell.__code__.replace(co_name="this cell", co_qualname="this cell")


def awaits(nodes: Iterable[ast.AST]) -> bool:
    """Return whether these statements await something themselves, not in a function they define."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return True
        if isinstance(node, ast.comprehension) and node.is_async:
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


class Notebook:
    """A shell with %load_ext overlap_trace: drawings, and cells that begin with %%virtual."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.virtual = False
        self.cells = Cells(shell, lambda: Options(virtual=self.virtual), self.show)
        shell.events.register("pre_run_cell", self.note)
        shell.input_transformers_cleanup.append(self.without_mark)

    def show(self, cell: CellTrace) -> None:
        """Show the drawing of a cell that has run."""
        from IPython.display import display

        display(cell.timeline())

    def note(self, info: Any) -> None:
        """Note, before a cell runs, whether it asks for virtual time."""
        self.virtual = info.raw_cell.lstrip().startswith(VIRTUAL_MARK)

    def without_mark(self, lines: list[str]) -> list[str]:
        """Return the code without its first line, which keeps its place: line numbers stay."""
        if lines and lines[0].strip() == VIRTUAL_MARK:
            return ["# in virtual time\n", *lines[1:]]
        return lines

    def remove(self) -> None:
        """Let the shell run its cells as before."""
        self.cells.remove()
        self.shell.events.unregister("pre_run_cell", self.note)
        self.shell.input_transformers_cleanup.remove(self.without_mark)


_loaded: dict[Any, Notebook] = {}


def load_ipython_extension(shell: Any) -> None:
    """Draw a timeline below every async cell from now on: %load_ext overlap_trace."""
    if shell not in _loaded:
        _loaded[shell] = Notebook(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Stop drawing: %unload_ext overlap_trace."""
    notebook = _loaded.pop(shell, None)
    if notebook is not None:
        notebook.remove()
