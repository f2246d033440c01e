"""Step through an asyncio program: what the event loop did, step by step, as plain data.

The program runs once, in virtual time, in asyncio's own order. After every callback of
the loop a snapshot is taken: the ready queue, the timers, the tasks. Snapshots can be
walked in both directions without running anything again.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import ExitStack, redirect_stdout
from functools import partial
from types import CodeType, FrameType
from typing import Any, TypeVar, cast

from .coroutines import TASK_TYPES, code_of, has_started, is_readers, wakes_cancelled
from .spans import format_seconds
from .step_recording import StepRecording
from .virtual_time import (
    Deadlock,
    TooManySteps,
    VirtualLoop,
    VirtualTimeError,
    close_runner,
    new_runner,
    outside_of,
)
from .waits import Wait, describe_wait, is_asyncios_own, noting_holders, short_repr, task_of
from .words import clean

T = TypeVar("T")
#: A coroutine function without arguments.
Main = Callable[[], Coroutine[Any, Any, Any]]
#: What to show of a program's data: see record_steps().
Shared = str | Iterable[str] | Callable[[], object] | None


def record_steps(main: Main, *, shared: Shared = None, max_steps: int = 1_000) -> StepRecording:
    """Run main() once in virtual time and return its StepRecording.

        record_steps(main)

    `main` is a coroutine function without arguments. `shared` says what to show of the
    program's data after each step: expressions in a string ("counter, account.balance"),
    looked up in main's variables and in its module, or a function that returns a dict.
    After `max_steps` steps the program is stopped and the recording says so.

    What the program prints is kept in the recording. Its exceptions are its outcome; they
    are not raised. The same program gives the same recording. Raises VirtualTimeError if
    it uses the network, threads or subprocesses.
    """
    watch = Watch(shared)
    recorder = StepRecorder(watch)
    ending = play(main, lambda: SteppedLoop(recorder, max_steps), watch)
    return recorder.finish(ending)


class NotRepeatable(RuntimeError):
    """Two runs of the same schedule differed, so schedules cannot be compared."""


class Ending:
    """The end of one run: `kind` is returned, raised, deadlock or endless.

    `text` says it in words, `value` is what main returned, `output` what it printed, `loop`
    the loop, closed.
    """

    def __init__(self, kind: str, text: str, value: object, output: str, loop: SteppedLoop) -> None:
        self.loop = loop
        self.kind = kind
        self.text = text
        self.value = value
        self.output = output


def play(main: Main, loop_factory: Callable[[], SteppedLoop], watch: Watch | None = None) -> Ending:
    """Run main() to its end on a new loop, aside from any running loop, and return how it ended."""
    if not callable(main):
        if asyncio.iscoroutine(main):
            name = main.__name__
            main.close()
            raise TypeError(f"The program runs more than once or from its start: pass {name}, not {name}().")
        raise TypeError(f"main must be a coroutine function, not {main!r}")
    outer = asyncio._get_running_loop()
    caller = asyncio.current_task() if outer is not None else None
    output = io.StringIO()
    value, started = None, False
    name = getattr(main, "__name__", "main")
    with outside_of(outer, caller), redirect_stdout(output), ExitStack() as stack:
        runner = new_runner(loop_factory)
        loop = cast(SteppedLoop, runner.get_loop())
        stack.enter_context(noting_holders(loop.holders))
        loop.output = output
        problems: list[str] = []
        loop.set_exception_handler(partial(_note_problem, problems))
        try:
            try:
                coro = main()
                if not asyncio.iscoroutine(coro):
                    raise TypeError(f"main must be a coroutine function (async def), not {main!r}")
                if watch is not None:
                    watch.look_into(coro)
                started = True
                value = runner.run(coro)
            finally:
                close_runner(runner)
        except Deadlock as deadlock:
            who = "; ".join(str(waiting).partition(": ")[0] for waiting in deadlock.waiting)
            kind, text = "deadlock", f"deadlock: {who}"
        except TooManySteps:
            kind, text = "endless", f"{name} was not done after {loop.max_steps:,} steps"
        except (Exception, asyncio.CancelledError) as error:
            if not started or isinstance(error, (NotRepeatable, VirtualTimeError)):
                raise
            kind, text = "raised", f"{name} raised {_error_text(error)}"
        else:
            kind, text = "returned", f"{name} returned {short_repr(value, 1_000)}"
        for task in loop.tasks:
            # Reading _log_traceback does not count as looking at the exception.
            if task.done() and not task.cancelled() and task._log_traceback:
                unseen = task.exception()
                if unseen is not None and kind == "returned":
                    kind = "raised"
                    text = f"{loop.label_of(task)} failed unseen: {_error_text(unseen)}"
        if problems and kind == "returned":
            kind, text = "raised", problems[0]
    return Ending(kind, text, value, output.getvalue(), loop)


def _note_problem(problems: list[str], loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Print what asyncio would log, to the program's output. An exception that nobody gets is a problem."""
    error, message = context.get("exception"), str(context.get("message", "Unhandled exception"))
    print(message, *([repr(error)] if error else []))
    # Futures tell it when they are collected, at no fixed moment; play() looks at tasks itself.
    if error is not None and not message.endswith("never retrieved"):
        name = _callback_name(context.get("handle"))
        problems.append(f"{name or 'the event loop'} failed unseen: {_error_text(error)}")


def _callback_name(handle: Any) -> str:
    callback = getattr(handle, "_callback", None)
    while isinstance(callback, partial):
        callback = callback.func
    name = getattr(callback, "__qualname__", "")
    return f"the callback {name.rpartition('<locals>.')[2]}" if name else ""


def _error_text(error: BaseException) -> str:
    text = clean(str(error))[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class Watch:
    """The values that the reader wants to see."""

    def __init__(self, shared: Shared) -> None:
        self._frame: FrameType | None = None
        self._globals: dict[str, Any] = {}
        self._function = shared if callable(shared) else None
        self._expressions: dict[str, CodeType] = {}
        if shared is None or callable(shared):
            return
        if isinstance(shared, str):
            # "a, f(x, y)" is the tuple that Python would read.
            tree = ast.parse(shared.strip(), mode="eval").body
            parts = tree.elts if isinstance(tree, ast.Tuple) else [tree]
            shared = [ast.unparse(part) for part in parts]
        for text in shared:
            self._expressions[text] = compile(text, "<shared>", "eval")

    def look_into(self, coro: Coroutine[Any, Any, Any]) -> None:
        """Take names from this coroutine of main."""
        frame: FrameType = cast(Any, coro).cr_frame
        self._frame, self._globals = frame, frame.f_globals

    def values(self) -> dict[str, str]:
        """Return a dict from expression to its value as text. What does not exist yet is left out."""
        if self._function is not None:
            try:
                values = self._function()
            except (NameError, AttributeError, LookupError):
                return {}
            if not isinstance(values, dict):
                values = {getattr(self._function, "__name__", "shared"): values}
            return {str(name): short_repr(value) for name, value in values.items()}
        found = {}
        for text, code in self._expressions.items():
            try:
                value = eval(code, self._globals, dict(self._frame.f_locals if self._frame else {}))
            except (NameError, AttributeError, LookupError):
                continue
            found[text] = short_repr(value)
        return found


class SteppedLoop(VirtualLoop):
    """A virtual loop that shows each step to a recorder (if there is one) and counts them."""

    def __init__(self, recorder: StepRecorder | None = None, max_steps: int = 1_000) -> None:
        super().__init__()
        self.max_steps = max_steps
        self.steps = 0
        # All of the program's tasks; kept, so that nothing depends on gc.
        self.tasks: list[asyncio.Task[Any]] = []
        self.output: io.StringIO  # play() sets it
        self.holders: dict[asyncio.Lock, asyncio.Task[Any] | None] = {}  # which task holds a Lock
        self.recorder = recorder
        if recorder is not None:
            recorder.loop = self

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        """Schedule a coroutine, and remember the task if it belongs to the program."""
        # At the end, asyncio makes tasks of its own.
        mine = not self._closing or is_readers(code_of(coro))
        task = super().create_task(coro, **options)
        # A factory may return something else.
        if mine and isinstance(task, TASK_TYPES):
            self.tasks.append(task)
            if has_started(task):
                self.steps += 1
                if self.recorder is not None:
                    self.recorder.started_at_once(task)
        return task

    def wait_text(self, wait: Wait, label_of: Callable[[asyncio.Task[Any]], str]) -> str:
        """Say what a task waits for, and who has it."""
        holder = self.holders.get(wait.owner) if isinstance(wait.owner, asyncio.Lock) else None
        return f"{wait.text}, held by {label_of(holder)}" if holder is not None else wait.text

    def _run_handle(self, handle: asyncio.Handle) -> None:
        if not self._closing:
            if self.steps >= self.max_steps:
                self._ready.appendleft(handle)  # its task still has to be told
                self._give_up()
            self.steps += 1
        if self.recorder is None or not self.recorder.before(handle):
            handle._run()
            return
        handle._run()
        self.recorder.after()

    def begin_closing(self) -> None:
        """Note that the program has ended, or cannot go on."""
        super().begin_closing()
        if self.recorder is not None:
            self.recorder.run_is_over()

    def _take_due_timers(self) -> None:
        before = len(self._ready)
        super()._take_due_timers()
        if self.recorder is not None and len(self._ready) > before:
            self.recorder.timers_fired()


class StepRecorder:
    """The snapshots of one run, taken as its loop tells of its steps."""

    def __init__(self, watch: Watch) -> None:
        self.loop: SteppedLoop  # the loop sets it
        self._watch = watch
        self._steps: list[dict[str, Any]] = []
        # The step that runs: its kind, its task, its words, its first line.
        self._running: tuple[str, int | None, str, int | None]
        # Tasks whose step has not ended yet, where another one is told of within it.
        self._inside: set[int | None] = set()
        self._finished = False
        self._last_words: str | None = None  # for the snapshot that follows when asyncio cleans up

    # -- what the loop tells --------------------------------------------------------

    def before(self, handle: asyncio.Handle) -> bool:
        """Note that a callback is about to run, and return whether the step is worth recording."""
        if not self._steps:
            self._snapshot("start", None, "The program is ready to start", due=handle)
        if self._last_words is not None:
            self._snapshot("end", None, self._last_words, due=handle)
            self._last_words = None
        tasks = self.loop.tasks
        if self._finished or (self.loop._closing and all(task.done() for task in tasks)):
            return False
        task = task_of(handle)
        if task is None:
            concerned, text = self._describe(handle)
            kind = "asyncio" if is_asyncios_own(handle) else "callback"
            self._running = kind, concerned, f"Callback: {text}", None
            return True
        number = self._number(task)
        if number is None:
            return False
        line = self._line(task)
        coro = task.get_coro()
        fresh = inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) == inspect.CORO_CREATED
        text = self._mark(task)
        if wakes_cancelled(task, handle._args):
            # Without a request to this task, it is what it awaited that was cancelled.
            text += " was cancelled" if task.cancelling() else " got a CancelledError"
            text += "" if fresh or line is None else f" at line {line}"
        elif fresh:
            text += " started"
        else:
            text += " went on" if line is None else f" went on from line {line}"
        self._running = "step", number, text, None if fresh else line
        return True

    def after(self) -> None:
        """Take a snapshot: the callback has run."""
        kind, number, text, start = self._running
        end = None
        if kind == "step" and number is not None:
            task = self.loop.tasks[number]
            state, detail = _outcome(task)
            if state == "returned":
                text += " and came to its end"
            elif state == "failed":
                text += f" and failed: {detail}"
            elif state == "cancelled":
                text += " and ended cancelled"
            else:
                end = self._line(task)
                text += " and waits again" if end is None else f" and ran to line {end}"
        self._snapshot(kind, number, text, start, end)

    def started_at_once(self, task: asyncio.Task[Any]) -> None:
        """Take a snapshot: an eager task has run its first step, within the step of the task that made it."""
        if self._finished:
            return
        outer = self._running
        self._running = "step", self._number(task), f"{self._mark(task)} started at once", None
        self._inside = {outer[1], self._number(asyncio.current_task(self.loop))}
        self.after()
        self._running, self._inside = outer, set()

    def timers_fired(self) -> None:
        """Take a snapshot: timers are due; the clock was moved to them, or they had to wait for the loop."""
        when = self.loop.time()
        if when > self._steps[-1]["time"]:
            text = f"Nothing can run: the clock moves to {format_seconds(when)}"
        else:
            text = "A timer is due"
        self._snapshot("clock", None, text)

    def run_is_over(self) -> None:
        """Note that from here on asyncio.run cleans up: it cancels the tasks that are left."""
        tasks = self.loop.tasks
        if tasks and not tasks[0].done():
            # A real program would not come this far, so the cleaning up is not shown.
            self._finished = True
            self._snapshot("end", None, "It was stopped" if self.loop._ready else "It cannot go on")
        elif not all(task.done() for task in tasks):
            self._last_words = f"{self._mark(tasks[0])} is done: the other tasks are cancelled"

    # -- snapshots ------------------------------------------------------------------

    def _number(self, task: object) -> int | None:
        for number, known in enumerate(self.loop.tasks):
            if known is task:
                return number
        return None

    def _mark(self, task: asyncio.Task[Any]) -> str:
        """Return what stands for the name of a task until all names are known."""
        number = self._number(task)
        return task.get_name() if number is None else f"\0{number}\0"

    def _line(self, task: asyncio.Task[Any]) -> int | None:
        return describe_wait(task, self._mark, self.loop.tasks[0]).line

    def _snapshot(
        self,
        kind: str,
        task: int | None,
        text: str,
        from_line: int | None = None,
        to_line: int | None = None,
        due: asyncio.Handle | None = None,
    ) -> None:
        loop = self.loop
        handles = [handle for handle in (due, *loop._ready) if handle and not handle._cancelled]
        stepping = {task_of(handle) for handle in handles}
        self._steps.append(
            {
                "number": len(self._steps),
                "time": loop.time(),
                "time_text": format_seconds(loop.time()),
                "kind": kind,
                "task": task,
                "text": text,
                "from_line": from_line,
                "to_line": to_line,
                "ready": [self._entry(handle) for handle in handles],
                "timers": [
                    {
                        "when": timer._when,
                        "when_text": format_seconds(timer._when),
                        **self._entry(timer),
                    }
                    for timer in sorted(loop._scheduled)
                    if not timer._cancelled
                ],
                "tasks": [
                    self._state(task, task in stepping, number in self._inside)
                    for number, task in enumerate(loop.tasks)
                ],
                "printed": loop.output.tell(),
                # Before main starts, the values are those that the last run has left.
                "shared": self._watch.values() if kind != "start" else {},
            }
        )

    def _entry(self, handle: asyncio.Handle) -> dict[str, Any]:
        task = task_of(handle)
        if task is not None:
            return {"task": self._number(task), "kind": "step", "text": self._mark(task)}
        concerned, text = self._describe(handle)
        kind = "asyncio" if is_asyncios_own(handle) else "callback"
        return {"task": concerned, "kind": kind, "text": text}

    def _state(self, task: asyncio.Task[Any], is_ready: bool, is_running: bool) -> dict[str, Any]:
        state, detail = _outcome(task)
        row: dict[str, Any] = {
            "state": state or ("running" if is_running else "ready" if is_ready else "waiting"),
            "detail": detail,
            "line": None,
            "source": "",
            "waits_for": "",
            "awaits": None,
        }
        if not state:
            wait = describe_wait(task, self._mark, self.loop.tasks[0])
            row["line"], row["source"] = wait.line, wait.source
            if row["state"] == "waiting":
                row["waits_for"] = self.loop.wait_text(wait, self._mark)
                row["awaits"] = None if wait.task is None else self._number(wait.task)
        return row

    def _describe(self, handle: asyncio.Handle) -> tuple[int | None, str]:
        """Return the task that a callback concerns, as a number or None, and what it does, in words."""
        callback: Any = handle._callback  # type: ignore[attr-defined]
        args = handle._args or ()
        name = getattr(callback, "__qualname__", type(callback).__name__)
        first = args[0] if args else None
        if name.endswith("_set_result_unless_cancelled"):
            for waiting, _ in getattr(first, "_callbacks", None) or ():
                task = getattr(waiting, "__self__", None)
                number = self._number(task)
                if task is not None and number is not None:
                    return number, f"wake {self._mark(task)}"
            return None, "end of a sleep"
        if name.endswith("._on_timeout"):
            task = getattr(callback.__self__, "_task", None)
            return self._number(task), f"timeout of {self._mark(task)}" if task else "timeout"
        if not is_asyncios_own(handle) and not name.endswith("._on_task_done"):
            return None, name.rpartition("<locals>.")[2]
        owner = name.partition(".<locals>")[0].partition("._")[0].lstrip("_")
        owner = {"run_until_complete_cb": "asyncio.run"}.get(owner, owner)
        number = self._number(first)
        if first is not None and number is not None and first.done():
            return number, f"{owner} sees that {self._mark(first)} is done"
        return None, owner

    # -- the end --------------------------------------------------------------------

    def finish(self, ending: Ending) -> StepRecording:
        """Return the StepRecording. `ending` says how main ended."""
        labels = self.loop.labels()
        names = numbered([labels.get(task) or task.get_name() for task in self.loop.tasks])

        def named(thing: Any) -> Any:
            if isinstance(thing, str):
                return re.sub("\0(\\d+)\0", lambda match: names[int(match[1])], thing)
            if isinstance(thing, list):
                return [named(item) for item in thing]
            if isinstance(thing, dict):
                return {key: named(value) for key, value in thing.items()}
            return thing

        return StepRecording(
            {
                "tasks": names,
                "steps": named(self._steps),
                "output": ending.output,
                "ending": {"kind": ending.kind, "text": ending.text},
            }
        )


def _outcome(task: asyncio.Task[Any]) -> tuple[str, str]:
    """Say how a task ended and with what; empty while it has not."""
    if not task.done():
        return "", ""
    if task.cancelled():
        return "cancelled", ""
    if task._exception is not None:
        return "failed", _error_text(task._exception)
    return "returned", short_repr(task.result())


def numbered(labels: list[str]) -> list[str]:
    """Make labels different: ["a", "b", "a"] becomes ["a #1", "b", "a #2"]."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        names.append(f"{label} #{seen[label]}" if labels.count(label) > 1 else label)
    return names
