"""Check a program of the reader's by what happened while it ran, not by what it prints.

An exercise says what must be true: of the result, of how many calls were under way at the same time, of
the time that it took, of the tasks that it left, of every order of its steps. The program runs in virtual
time, so waiting costs nothing and each run is the same.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
import time
import types
from collections.abc import Callable, Collection, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from html import escape
from itertools import pairwise
from typing import Any

from overlap_contract import ATTRIBUTES

from .asyncio_tracer import trace
from .coroutines import CoroutineWrapper, code_of, is_readers, short_name
from .explorer import explore_async
from .spans import format_seconds
from .stepper import NotRepeatable
from .svg import display_html
from .text import to_text
from .timeline import Timeline
from .virtual_time import Deadlock, TooManySteps, VirtualTimeError, virtual
from .waits import is_plain_name, short_repr
from .words import plural

#: What a result may be made of: their `==` cannot be the reader's own.
PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict)
#: Longer programs are not what exercises ask for. Real seconds, for all orders together.
EXPLORE_SECONDS = 4.0
#: Real seconds for one run: in virtual time a solution takes milliseconds.
RUN_SECONDS = 5.0

ENDLESS = "{} takes more steps than any solution needs. Is there a loop that never ends?"

Check = Callable[[Any], object]


def seal(module: str, names: Collection[str]) -> None:
    """Let no program replace these names of a module by an assignment."""

    class Sealed(types.ModuleType):
        def __setattr__(self, name: str, value: object) -> None:
            if name in names:
                raise AttributeError(f"{name} checks exercises, and cannot be replaced.")
            super().__setattr__(name, value)

    sys.modules[module].__class__ = Sealed


class _SealedType(type):
    """A class that stays as it is."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise AttributeError(f"{cls.__name__} checks exercises, and cannot be replaced.")


class Verdict(metaclass=_SealedType):
    """What was asked for and what was found, one sentence each, and the picture of the run."""

    def __init__(self, findings: list[tuple[bool, str]], timeline: Timeline | None = None) -> None:
        self.findings = findings
        self.timeline = timeline

    @property
    def right(self) -> bool:
        """Return whether everything that was asked for is so."""
        return all(good for good, _ in self.findings)

    @property
    def headline(self) -> str:
        """Return the verdict in a word, or in two."""
        return "Right." if self.right else "Not yet."

    def __str__(self) -> str:
        lines = [self.headline, *(f"{'yes' if good else 'no '}  {text}" for good, text in self.findings)]
        return "\n".join([*lines, *([to_text(self.timeline)] if self.timeline else [])])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what Jupyter shows: sentences and the picture, and text where pictures cannot be shown."""
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def _repr_html_(self) -> str:
        items = "".join(
            f'<li class="verdict-{word.lower()}"><b>{word}:</b> {escape(text)}</li>'
            for word, text in (("Yes" if good else "No", text) for good, text in self.findings)
        )
        picture = display_html(self.timeline) if self.timeline else ""
        kind = "right" if self.right else "not-yet"
        return (
            f'<div class="verdict" {ATTRIBUTES.verdict}="{kind}"><p><strong>{self.headline}</strong></p>'
            f"<ul>{items}</ul>{picture}</div>"
        )


class _Calls:
    """How many calls of one function were under way, and how many at most."""

    def __init__(self) -> None:
        self.all = self.now = self.most = 0
        self.begun: list[float] = []  # when each call began, in seconds of the loop's clock

    def begin(self) -> None:
        self.all += 1
        self.now += 1
        self.begun.append(asyncio.get_running_loop().time())
        self.most = max(self.most, self.now)

    def end(self) -> None:
        self.now -= 1


class _Counted(CoroutineWrapper, Coroutine[Any, Any, Any]):
    """A coroutine that is counted while it is under way, and is otherwise the one inside."""

    def __init__(self, inner: Any, calls: _Calls) -> None:
        self.inner = inner
        self._calls = calls
        self._state = ""

    def __repr__(self) -> str:
        return repr(self.inner)

    def _begin(self) -> None:
        if not self._state:
            self._state = "under way"
            self._calls.begin()

    def _end(self) -> None:
        if self._state == "under way":
            self._state = "ended"
            self._calls.end()

    def send(self, value: Any) -> Any:
        """Go on to the next wait."""
        self._begin()
        try:
            return self.inner.send(value)
        except BaseException:
            self._end()
            raise

    def throw(self, *error: Any) -> Any:
        """Raise an exception where it waits."""
        self._begin()
        try:
            return self.inner.throw(*error)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """End it where it waits."""
        self.inner.close()
        self._end()

    def __await__(self) -> Generator[Any, Any, Any]:
        self._begin()
        try:
            return (yield from self.inner.__await__())
        finally:
            self._end()


@contextmanager
def _watching(watch: Callable[[], Any] | None, names: dict[str, Any]) -> Iterator[_Calls]:
    """Count the calls of a function of the reader's cells, by its global name, meanwhile."""
    calls = _Calls()
    if watch is None:
        yield calls
        return
    inner = watch()
    name = inner.__name__

    def counted(*args: Any, **kwargs: Any) -> _Counted:
        return _Counted(inner(*args, **kwargs), calls)

    names[name] = counted
    try:
        yield calls
    finally:
        if names.get(name) is counted:
            names[name] = inner


class _Tee(io.TextIOBase):
    """Where printed text goes, and a copy of it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return int(self.inner.write(text) or len(text))

    def flush(self) -> None:
        self.inner.flush()


class _Run:
    """One run of the reader's program, and what is known of it afterwards."""

    def __init__(self, main: Callable[[], Any], *, real_clock: bool) -> None:
        self.main = main
        self.real_clock = real_clock
        self.result: Any = None
        self.error: str | None = None
        self.seconds = 0.0
        self.left: list[str] = []
        self.timeline: Timeline | None = None

    async def _traced(self) -> None:
        loop = asyncio.get_running_loop()
        recorder = trace("What your program did", clock=time.perf_counter if self.real_clock else None)
        recorder._start(loop, self.main.__code__.co_filename, self.main.__name__)
        begun = loop.time()
        try:
            self.result = await self.main()
        finally:
            self.seconds = loop.time() - begun
            mine = asyncio.current_task()
            self.left = sorted(_task_name(task) for task in asyncio.all_tasks() if task is not mine)
            recorder.__exit__(None, None, None)
            self.timeline = recorder.timeline

    async def run(self) -> None:
        """Run it in virtual time; an error of the program is kept as a sentence."""
        name = self.main.__name__
        try:
            async with asyncio.timeout(RUN_SECONDS) as limit:
                await virtual(self._traced())
        except Deadlock as error:
            waiting = "; ".join(map(str, error.waiting))
            self.error = f"Nothing can go on any more, so {name} would never end: {waiting}."
        except TooManySteps:
            self.error = ENDLESS.format(name)
        except VirtualTimeError as error:
            self.error = str(error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # Stop
            self.error = f"{name} was cancelled, and let the CancelledError out."
        except (Exception, SystemExit) as error:
            self.error = f"{name} raised {_in_words(error)}"
            if isinstance(error, TimeoutError) and limit.expired():
                self.error = ENDLESS.format(name)


def _task_name(task: asyncio.Task[Any]) -> str:
    name = task.get_name()
    return short_name(code_of(task.get_coro())) if is_plain_name(name) else name


async def check_exercise(
    program: Callable[[], Any],
    *,
    check: Check | None = None,
    asked: str = "",
    prints: str | None = None,
    watch: Callable[[], Any] | None = None,
    calls: int | None = None,
    overlap: int | None = None,
    most: int | None = None,
    apart: float | None = None,
    within: float | None = None,
    hold: float | None = None,
    orders: bool = False,
) -> Verdict:
    """Run the reader's program and return the Verdict.

        await check_exercise(lambda: main, check=lambda result: result == 3, asked="result == 3", within=0.3)

    `program` returns the coroutine function, which takes no arguments. `check` is called with its result;
    `asked` is the same in words. `prints` is its whole output. `watch` returns a coroutine function that it
    must call `calls` times in all, with at least `overlap` of these calls under way at the same time, never
    more than `most`, each begun at least `apart` seconds after the one before. `within` is the longest time,
    in virtual seconds, and `hold` the longest step, in real ones. With `orders`, the check must hold in every
    order of its steps. Tasks that still run when it returns are always a fault.
    """
    main, refused = _coroutine_function(program)
    if main is None:
        return Verdict([(False, refused)])
    watched = _name_of(watch)
    if watch is not None and watched is None:
        return Verdict([(False, "The function that this exercise watches is gone. Reset brings it back.")])
    run = _Run(main, real_clock=hold is not None)
    output = _Tee(sys.stdout)
    with _watching(watch, main.__globals__) as counted:
        if prints is None:
            await run.run()
        else:
            with redirect_stdout(output):
                await run.run()
    if run.error is not None:
        return Verdict([(False, run.error)], run.timeline)
    findings = []
    if check is not None:
        findings.append(_of_result(run.result, check, asked, main.__name__))
    if prints is not None:
        good = output.text.split() == prints.split()
        findings.append((good, "It prints what is asked for." if good else f"It must print: {prints}"))
    if watched is not None:
        findings += _of_calls(counted, watched, calls, overlap, most, apart)
    if within is not None:
        findings.append(_of_time(run.seconds, within))
    if hold is not None and run.timeline is not None:
        findings.append(_of_hold(run.timeline, hold))
    if run.left:
        noun = plural(len(run.left), "task")
        findings.append((False, f"{noun} still ran when {main.__name__} returned: {_listed(run.left)}."))
    else:
        findings.append((True, "No task was left behind."))
    if orders and all(good for good, _ in findings):
        findings.append(await _of_orders(main, check))
    return Verdict(findings, run.timeline)


def _coroutine_function(program: Callable[[], Any]) -> tuple[Any, str]:
    """Return the reader's coroutine function, or None and why there is none."""
    try:
        main = program()
    except NameError as error:
        return None, f"There is no function {error.name} any more. Reset brings the first version back."
    if not inspect.iscoroutinefunction(main):
        name = getattr(main, "__name__", "it")
        return None, f"{name} must stay a coroutine function: it begins with `async def {name}`."
    if inspect.signature(main).parameters:
        return None, f"{main.__name__} is called without arguments, as in the first version."
    return main, ""


def _name_of(watch: Callable[[], Any] | None) -> str | None:
    if watch is None:
        return None
    try:
        function = watch()
    except NameError:
        return None
    return function.__name__ if inspect.iscoroutinefunction(function) else None


def _in_words(error: BaseException) -> str:
    """Return type and message of an exception, and the line of the reader's that it comes from."""
    line = None
    step = error.__traceback__
    while step is not None:
        if is_readers(step.tb_frame.f_code):
            line = step.tb_lineno
        step = step.tb_next
    said = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, BaseExceptionGroup):
        said = (
            f"{type(error).__name__}, of {_listed(sorted({type(one).__name__ for one in error.exceptions}))}"
        )
    return f"{said}{f' (line {line})' if line else ''}."


def _is_plain(value: Any) -> bool:
    if type(value) is dict:
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    return type(value) in PLAIN


def _of_result(result: Any, check: Check, asked: str, name: str) -> tuple[bool, str]:
    returned = f"{name} returned {short_repr(result)}"
    if not _is_plain(result):
        return False, f"{returned}; asked for are plain values: numbers, text, lists and the like."
    try:
        good = bool(check(result))
    except Exception as error:
        return False, f"{returned}, and the check `{asked}` cannot take that: {_in_words(error)}"
    if good:
        return True, f"{returned}."
    return False, f"{returned}; asked for is: {asked}"


def _of_calls(
    counted: _Calls,
    name: str,
    calls: int | None,
    overlap: int | None,
    most: int | None,
    apart: float | None,
) -> list[tuple[bool, str]]:
    findings = []
    if calls is not None:
        said = f"{name} was called {plural(counted.all, 'time')}"
        good = counted.all == calls
        findings.append((good, f"{said}." if good else f"{said}; asked for are {plural(calls, 'call')}."))
    if overlap is not None:
        good = counted.most >= overlap
        said = f"{plural(counted.most, 'call')} of {name} under way at the same time"
        findings.append((good, f"{said}." if good else f"At most {said}; {overlap} can be."))
    if most is not None:
        good = counted.most <= most
        said = f"{plural(counted.most, 'call')} of {name} at once"
        findings.append((good, f"Never more than {said}." if good else f"{said}; {most} are allowed."))
    if apart is not None:
        least = min((after - before for before, after in pairwise(counted.begun)), default=apart)
        said = f"Calls of {name} began {format_seconds(round(least, 6))} apart"
        good = least >= apart - 1e-9
        asked = f"; at least {format_seconds(apart)} are asked for."
        findings.append((good, f"{said}, or more." if good else f"{said}{asked}"))
    return findings


def _of_time(seconds: float, within: float) -> tuple[bool, str]:
    """Judge the virtual time: an answer that is made up has waited for nothing."""
    took = f"It took {format_seconds(seconds)} of virtual time"
    if seconds > within + 1e-9:
        return False, f"{took}; it can be done in {format_seconds(within)}."
    if seconds < within / 2:
        return False, f"{took}: the work that has to be waited for was not done."
    return True, f"{took}."


def _of_hold(timeline: Timeline, hold: float) -> tuple[bool, str]:
    steps = [span for span in timeline.spans if span.state == "running"]
    longest = max(steps, key=lambda span: span.duration, default=None)
    if longest is None or longest.duration <= hold:
        return True, f"No step held the event loop longer than {format_seconds(hold)}."
    where = f", {longest.note}" if longest.note else ""
    return False, (
        f"A step of {longest.lane} held the event loop for {format_seconds(longest.duration)}{where}: "
        "nothing else could run."
    )


async def _of_orders(main: Callable[[], Any], check: Check | None) -> tuple[bool, str]:
    try:
        found = await explore_async(main, check=check, max_seconds=EXPLORE_SECONDS)
    except (NotRepeatable, VirtualTimeError) as error:
        return False, f"Not every order of its steps can be tried: {error}"
    if found.explored == 1:
        return False, "There is only one order of its steps: nothing runs beside anything else."
    if found.bad:
        kinds = _listed(sorted({outcome.text for outcome in found.outcomes if outcome.bad})[:2])
        return False, f"{found.headline} Such a run ends so: {kinds}."
    return True, " ".join(found.sentences())


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


seal(__name__, {name for name, value in globals().items() if callable(value)})
