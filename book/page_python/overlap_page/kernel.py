"""What the page changes in JupyterLite's kernel once IPython has started.

JupyterLite's kernel is made for notebooks. In a page about concurrency some of its
behavior would teach falsehoods, and some would freeze the page. `install` changes it:

- `time.sleep` blocks, as in every other Python. Pyodide makes it switch stacks where the
  browser can, and then "`time.sleep` blocks the loop" looks false in some browsers.
- `asyncio.run(x)` at the top level of a cell is awaited (`top_level_await`) and does what it does in
  a program (`asyncio_run`); anywhere else it raises what CPython raises inside a running loop. Pyodide
  runs it in some browsers only.
- The event loop has CPython's order and no threads (`event_loop`).
- Output is counted where it is made and cut at a limit (`streams`), and goes to the cell whose
  code made it, also when a task goes on after its cell has ended.
- Tracebacks show the reader's frames and name cells and lines (`errors`).
- Tasks that outlive their cell are looked after (`going_on`).
- What is wrong with a cell is told before any of it runs, and context variables that a cell sets are
  set in the next one.
- The running cell can be cancelled at an `await`, and interrupted while it computes or sleeps
  (`interrupts`).
- A cell can be traced, drawn, and run in virtual time; `overlap_trace.notebook` does that.

Runs inside Pyodide; the tests of the pages run it in a browser.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import codeop
import contextlib
import contextvars
import getpass
import itertools
import json
import re
import signal
import sys
import time
import traceback
import warnings
import weakref
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from overlap_contract import CELL_FILE_PREFIX
from overlap_trace import to_html
from overlap_trace.notebook import Cells, CellTrace, Options
from overlap_trace.virtual_time import VirtualLoop
from pyodide import code as pyodide_code
from pyodide import webloop

from . import asyncio_run, cell_analysis
from .errors import CellError, describe, is_not_tokenized, walk_readers_stack
from .event_loop import PageLoop
from .going_on import GoingOn, interrupt
from .interrupts import in_slices, on_interrupt
from .page import Header, Page
from .streams import NoInput, Output, Stream
from .top_level_await import WAIT, WAITING, AwaitRuns, waits_for_a_loop

MAX_COMPLETIONS: Final = 200

#: A `time.sleep` of this many seconds is worth a word if other tasks had to wait for it.
NOTICEABLE: Final = 0.05


class Run:
    """One execution of one cell, by the task that is running now."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.file = f"{CELL_FILE_PREFIX}{header['cell']}"
        self.output = Output(header["run"])
        self.task = asyncio.current_task()
        self.stopping = False
        self.interrupted = False
        self.error: CellError | None = None
        #: Seconds in `time.sleep` while other tasks of this run had to wait.
        self.held = 0.0


#: The run that the current code belongs to. A task keeps the run that created it.
current: contextvars.ContextVar[Run | None] = contextvars.ContextVar("run", default=None)
#: The same for tasks that were made with another context.
_strays: weakref.WeakKeyDictionary[Any, Run] = weakref.WeakKeyDictionary()


class CellRunner:
    """The object that the worker talks to: it runs cells on JupyterLite's kernel for one page.

    `shell` is JupyterLite's IPython shell. What is told in JSON has its type in protocol.ts.
    """

    def __init__(self, shell: Any, page: Page) -> None:
        self._shell = shell
        self._page = page
        self._cells: Cells | None = None  # once it is needed
        self._loop: Any = asyncio.get_event_loop()
        self._running: Run | None = None
        self._latest: Run | None = None
        self._header: Any = None
        self._going_on = GoingOn(self._loop, _number_of)
        #: In here the code of all cells runs: what one sets, a precision of `decimal`, is set in the next.
        self._context = contextvars.copy_context()
        self.streams: Final = (
            Stream("stdout", page, self._output_now),
            Stream("stderr", page, self._output_now),
        )
        self._plain_run = shell.kernel.run
        self._plain_parse = shell.compile.ast_parse
        self._plain_should_run_async = shell.should_run_async
        self._plain_clear_output = shell.display_pub.clear_output

    # -- what the worker calls --------------------------------------------------------

    def cancel(self) -> bool:
        """Cancel the running cell. Return whether one was running."""
        if self._running is None or self._running.task is None:
            return False
        self._running.stopping = True
        self._running.task.cancel()
        return True

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cell, which goes on although it was cancelled."""
        if self._running is not None:
            self._running.interrupted = True
            interrupt([*self._tasks_of(self._running), self._running.task])

    def look(self) -> str:
        """Return what has become of tasks that go on after their cells: a `TaskNews` as JSON."""
        left = self._going_on.look(is_quiet=self._running is None)
        return json.dumps({"left": left, "more": self._going_on.any})

    def stop_tasks(self, runs: str, again: bool) -> None:
        """Cancel the tasks that go on of ended runs (a list as JSON), or `again`: interrupt them."""
        numbers = json.loads(runs)
        if again:
            interrupt(self._going_on.tasks_of(numbers))
        else:
            self._going_on.stop(numbers)

    def complete(self, code: str, cursor: int) -> str:
        """Return the names that may stand at `cursor`: a list of `Completion` as JSON."""
        with provisionalcompleter():
            found = itertools.islice(self._shell.Completer.completions(code, cursor), MAX_COMPLETIONS)
            options = [
                {"from": each.start, "to": each.end, "text": each.text, "type": each.type}
                for each in found
                if each.type not in ("path", "magic") and not each.text.startswith("%")
            ]
        return json.dumps(options)

    def needs(self, sources: str) -> str:
        """Return what the last of `sources` (a list as JSON) needs from those before: a `Needs` as JSON."""
        *before, cell = json.loads(sources)
        try:
            found = cell_analysis.dependencies([*map(_only_python, before), cell])[-1]
        except Exception:  # running the cell says what is wrong with it
            return json.dumps({"cells": [], "names": {}})
        return json.dumps({"cells": found.cells, "names": found.names})

    def draw(self) -> None:
        """Send the page the drawing of the latest run, a `Timeline` as JSON, if that was traced."""
        traced = self._traced()
        if traced is None or self._latest is None:
            return
        timeline = traced.timeline()
        drawing = {
            "run": self._latest.header["run"],
            "html": to_html(timeline),
            "living": traced.living(),
            "lanes": list(timeline.lanes),
        }
        self._page.timeline(json.dumps(drawing))

    def cancel_task(self, lane: int) -> str:
        """Cancel the task of a lane of the running cell. Return its name and when: a `Cancelled` as JSON."""
        traced = self._traced()
        name = traced.cancel(lane) if traced else None
        return json.dumps(traced and name and {"lane": name, "ms": traced.now() * 1000})

    # -- what the kernel and IPython call -----------------------------------------------

    def run(self, code: str) -> asyncio.Task[dict[str, Any]]:
        """Run one cell in a task with the context of all cells. Its result is the kernel's reply."""
        # A cell may have said that another loop is the current one, or none.
        asyncio._set_running_loop(self._loop)
        with contextlib.suppress(Exception):  # of a policy of its own
            asyncio.set_event_loop(self._loop)
        asyncio_run.count_tasks_anew()
        task: asyncio.Task[dict[str, Any]] = self._loop.create_task(self._run(code), context=self._context)
        return task

    async def _run(self, code: str) -> dict[str, Any]:
        """Run one cell. What the page needs to know beyond the reply is in its `overlap`, as JSON."""
        run = Run(self._header["header"])
        self._running = self._latest = run
        self._prepare_trace(run)
        for stream in self.streams:
            if not hasattr(getattr(sys, stream.name, None), "write"):  # after `sys.stdout = None`, say
                setattr(sys, stream.name, stream)
        token = current.set(run)
        reply: dict[str, Any]
        try:
            reply = await self._plain_run(code)
        except asyncio.CancelledError:
            reply = {"status": "error", "ename": "CancelledError", "evalue": "", "traceback": []}
        except (Exception, GeneratorExit) as error:
            # What the cell changed broke IPython itself. Or a task that was awaited ended with GeneratorExit:
            # Python closes IPython's coroutines with it, and raises it once more here.
            run.error = run.error or describe(error)
            reply = {"status": "error", "ename": run.error["type"], "evalue": "", "traceback": []}
        finally:
            if run.stopping:
                await self._end_tasks(run)
            self._running = None
            current.reset(token)
            left = self._going_on.begin(run.output.run)
        reply["overlap"] = json.dumps(
            {
                "error": run.error,
                "held": run.held,
                "full": run.output.full,
                "leftOut": run.output.left_out,
                "stopped": run.stopping,
                "interrupted": run.interrupted,
                "left": left,
                "practice": _practice_requests(),
            }
        )
        return reply

    def tell_of_failure(self, context: dict[str, Any]) -> None:
        """Print an exception that nobody handles, as the loop does, in the cell it belongs to."""
        of = context.get("task") or context.get("future") or context.get("handle")
        run = _run_of(of)
        if isinstance(context.get("exception"), KeyboardInterrupt) and self._is_stopped(run):
            return  # the reader knows
        token = current.set(run)
        try:
            asyncio.BaseEventLoop.default_exception_handler(self._loop, context)
        finally:
            current.reset(token)
        if run is not None and isinstance(of, asyncio.Task):
            self._going_on.note_failure(run.output.run)

    def clear_output(self, wait: bool = False) -> None:
        """Clear the output of a run: what `IPython.display.clear_output` calls."""
        run = self._run_now() or self._latest
        if run is not None:
            run.output.clear()
        self._plain_clear_output(wait)

    def header(self, kernel: object) -> Any:
        """Return the message header of the run that the current code belongs to."""
        run = self._run_now()
        return {"header": run.header} if run else self._header

    def set_header(self, kernel: object, value: Any) -> None:
        """Keep the header of the coming run."""
        self._header = value

    def should_run_async(
        self, raw_cell: str, *, transformed_cell: str | None = None, preprocessing_exc_tuple: Any = None
    ) -> bool:
        """Return whether a cell awaits, or will when `visit` has changed it."""
        # What the compiler warns of, it says when the cell is compiled to run.
        with warnings.catch_warnings(action="ignore"):
            if self._plain_should_run_async(
                raw_cell,
                transformed_cell=transformed_cell,
                preprocessing_exc_tuple=preprocessing_exc_tuple,
            ):
                return True
            if preprocessing_exc_tuple is not None or transformed_cell is None:
                return False
            return waits_for_a_loop(transformed_cell, self._shell.user_ns)

    def parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """Return the syntax tree of a cell, of which all can be compiled.

        IPython compiles a statement when it is to run, and takes a cell that cannot be compiled for
        one that does not await.
        """
        tree: ast.AST = self._plain_parse(source, filename, symbol)
        if symbol == "exec":
            flags = self._shell.compile.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            with warnings.catch_warnings(action="ignore"), contextlib.suppress(RecursionError):
                compile(tree, filename, symbol, flags, dont_inherit=True)  # type: ignore[call-overload]
        return tree

    def visit(self, tree: ast.AST) -> ast.AST:
        """Return the syntax tree of a cell that awaits `asyncio.run`."""
        changed: ast.AST = AwaitRuns(self._shell.user_ns).visit(tree)
        return changed

    def show_error(self, exc_tuple: Any = None, *args: object, **options: object) -> None:
        """Keep an exception for the reply. IPython's own report costs a second and hides groups."""
        error = self._shell._get_exc_info(exc_tuple)[1]
        if self._running is not None and is_not_tokenized(error):
            error.filename = self._running.file
        report = describe(error)
        if report["type"] == "UsageError":  # of a magic command: its text says it all
            report["text"] = report["message"]
        if self._running is not None:
            self._running.error = report
        self._shell._last_traceback = {
            "ename": report["type"],
            "evalue": report["message"],
            "traceback": report["text"].splitlines(),
        }

    def code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Return the file name of a cell's code."""
        run = current.get() or self._latest
        return run.file if run else f"{CELL_FILE_PREFIX}0"

    def slept(self, seconds: float) -> None:
        """Note that `time.sleep` has blocked for so many seconds, if it held up other tasks."""
        run = current.get()
        if run is None or seconds < NOTICEABLE:
            return
        running = (run.task, asyncio.current_task())
        held_up = (t for t in asyncio.all_tasks() if t not in running and _run_of(t) is run)
        if any(held_up):
            run.held += seconds

    # -- the rest -----------------------------------------------------------------------

    def note_stray(self, task: asyncio.Task[Any]) -> None:
        """Note to which run a task with another context belongs."""
        run = self._run_now()
        if run is not None:
            _strays[task] = run

    def _run_now(self) -> Run | None:
        run = current.get()
        task = asyncio.current_task(self._loop) if run is None and _strays else None
        return run if task is None else _strays.get(task)

    def _output_now(self) -> Output | None:
        run = self._run_now() or self._latest
        return run.output if run else None

    def _is_stopped(self, run: Run | None) -> bool:
        return run is not None and (run.stopping or self._going_on.is_stopping(run.output.run))

    def _tasks_of(self, run: Run) -> list[asyncio.Task[Any]]:
        return [task for task in self._going_on.tasks_of([run.output.run]) if task is not run.task]

    async def _end_tasks(self, run: Run) -> None:
        """Cancel the tasks a stopped cell left behind, as `asyncio.run` does, and what these start."""
        cancelled: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        while rest := self._tasks_of(run):
            for task in rest:
                if task not in cancelled:
                    cancelled.add(task)
                    task.cancel()
            with contextlib.suppress(KeyboardInterrupt):  # it is meant for them
                await asyncio.wait(rest)

    def _prepare_trace(self, run: Run) -> None:
        """Have the coming run traced, or run in virtual time, if the page asks for it."""
        if self._cells is None and (run.header["timeline"] != "no" or run.header["virtual"]):
            self._cells = Cells(self._shell, self._trace_options, self._show_trace, _cell_name)
        if self._cells is not None:
            self._cells.latest = None

    def _trace_options(self) -> Options:
        """Return what the page asked for in the running cell, in the words of overlap_trace."""
        assert self._latest is not None
        wish = self._latest.header["timeline"]
        return Options(timeline=wish != "no", live=wish == "live", virtual=self._latest.header["virtual"])

    def _show_trace(self, traced: CellTrace) -> None:
        """Draw a running cell. The last drawing is made when the run has ended and its time is taken."""
        if not traced.ended:
            self.draw()

    def _traced(self) -> CellTrace | None:
        return self._cells.latest if self._cells else None


def _run_of(thing: Any) -> Run | None:
    """Return the run to which a task or a handle belongs."""
    context: contextvars.Context = getattr(thing, "get_context", contextvars.copy_context)()
    return context.get(current) or (_strays.get(thing) if isinstance(thing, asyncio.Task) else None)


def _number_of(task: asyncio.Task[Any]) -> int | None:
    run = _run_of(task)
    return run.output.run if run else None


def _practice_requests() -> Mapping[str, int]:
    """Return how many requests to the practice server were real, and how many simulated, since last asked."""
    answered: dict[str, int] = getattr(sys.modules.get("practice_server"), "answered", {})
    counts = dict(answered)
    answered.clear()
    return counts


def _only_python(source: str) -> str:
    """Return `source`, or nothing if it cannot be parsed: the reader may be editing that cell."""
    try:
        cell_analysis.parse_cell(source)
    except cell_analysis.CellSyntaxError:
        return ""
    return source


def _cell_name(filename: str) -> str:
    """Return how timelines call the code of another cell: by its number."""
    return filename if filename.startswith(CELL_FILE_PREFIX) else ""


def _refuse_pip(line: str) -> NoReturn:
    """Refuse `%pip`."""
    raise UsageError("This page installs nothing. It loads files from its own site only.")


def _refuse_program(command: str, **options: object) -> NoReturn:
    """Refuse `!command`."""
    if re.match(r"\s*(python3?\s+-m\s+|uv\s+)?pip3?\b", command):
        _refuse_pip(command)
    raise OSError("A page cannot start another program.")


def _refuse_input(prompt: object = "") -> NoReturn:
    """Refuse `input()`."""
    raise RuntimeError("input() cannot wait for an answer in a page. Put the value into the code.")


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return the loop of an `asyncio.run`: it shares the virtual time of a cell."""
    running = asyncio._get_running_loop()
    return asyncio_run.NestedVirtualLoop(running) if isinstance(running, VirtualLoop) else PageLoop()


def install(shell: Any, page: Page) -> CellRunner:
    """Change the kernel of `shell`, JupyterLite's IPython shell. Return the object the worker talks to."""
    runner = CellRunner(shell, page)
    kernel = shell.kernel
    kernel._parent_header = None
    type(kernel)._parent_header = property(runner.header, runner.set_header)
    kernel.__dict__.pop("_parent_header", None)
    kernel.run = runner.run
    kernel.lite_transform_manager.line_transforms = []

    shell.should_run_async = runner.should_run_async
    find_imports = pyodide_code.find_imports

    def find_imports_quietly(source: str) -> list[str]:
        # What the compiler warns of, it says when the cell is compiled to run.
        with warnings.catch_warnings(action="ignore"):
            found: list[str] = find_imports(source)
            return found

    pyodide_code.find_imports = find_imports_quietly
    traceback.walk_stack = walk_readers_stack
    shell.ast_transformers.append(runner)
    shell.showtraceback = shell.showsyntaxerror = shell.showindentationerror = runner.show_error
    shell._format_exception_for_storage = lambda *args, **options: ""
    shell.compile.ast_parse = runner.parse
    # An unclosed bracket is a syntax error with a place, not "incomplete input".
    shell.compile.flags &= ~codeop.PyCF_ALLOW_INCOMPLETE_INPUT  # type: ignore[attr-defined]
    shell.display_pub.clear_output = runner.clear_output
    shell.compile.get_code_name = runner.code_name
    shell.Completer.use_jedi = False
    shell.register_magic_function(_refuse_pip, "line", "pip")
    shell.system = shell.getoutput = _refuse_program

    time.sleep = in_slices(webloop._orig_sleep, page.interrupt, runner.slept)  # type: ignore[assignment]
    signal.signal(signal.SIGINT, on_interrupt(page.interrupt))
    asyncio.run = webloop._orig_run
    loop: Any = asyncio.get_event_loop()
    PageLoop.adopt(loop)
    loop.note_stray = runner.note_stray
    loop.default_exception_handler = runner.tell_of_failure
    # What CPython's own policy makes, and what programs ask for by these names.
    names: Any = asyncio
    names.unix_events._DefaultEventLoopPolicy._loop_factory = staticmethod(_new_loop)
    names.SelectorEventLoop = names.EventLoop = PageLoop
    names.events._set_event_loop_policy(None)
    asyncio.set_event_loop(loop)
    vars(builtins).update({WAIT: asyncio_run.wait, WAITING: asyncio_run.Waiting})
    # A task that is interrupted, or calls sys.exit, keeps the exception for who awaits it; the loop goes on.
    loop._keyboard_interrupt_handler = lambda: None
    loop._system_exit_handler = lambda code: None
    # Reprs begin with it.
    webloop.PyodideFuture.__name__ = webloop.PyodideFuture.__qualname__ = "Future"
    webloop.PyodideFuture.__module__ = asyncio.Future.__module__

    # JupyterLite's kernel sets both for every cell, to wait for an answer that cannot come.
    type(shell).input = type(shell).getpass = property(lambda self: _refuse_input, lambda *_: None)
    # IPython's own would ask a terminal to close; these end the cell.
    shell.push({"exit": sys.exit, "quit": sys.exit, "__doc__": None}, interactive=False)
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    builtins.input = getpass.getpass = _refuse_input  # type: ignore[assignment]

    sys.stdin = NoInput()
    sys.stdout, sys.stderr = runner.streams
    warnings.filterwarnings("ignore", message="To exit: use")
    return runner
