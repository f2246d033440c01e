"""Run a small asyncio program in every possible order of its steps.

A step of a task goes from one await to the next. When several tasks are ready, asyncio
runs them in the order in which they became ready. Which became ready first depends on
timing: on the network, on the machine. So any of them could have been first. explore()
runs the program once for each such order (a schedule) and counts how the runs ended.

What can be chosen: the next step among all ready tasks and callbacks of the program.
asyncio's own callbacks run as soon as they can, because they only make tasks ready.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar, cast

from .coroutines import TASK_TYPES
from .exploration import Exploration, Outcome
from .step_recording import StepRecording
from .stepper import Ending, Main, NotRepeatable, Shared, SteppedLoop, StepRecorder, Watch, play
from .virtual_time import SLICE_SECONDS
from .waits import is_asyncios_own, task_of
from .words import clean

T = TypeVar("T")
#: Called with what main returned; whether that is good. One that only asserts returns None.
Check = Callable[[Any], object] | None
#: The options at each point of a schedule at which there was a choice: numbers of tasks.
Options = Sequence[tuple[int, ...]]


def explore(
    main: Main,
    *,
    check: Check = None,
    shared: Shared = None,
    bad: str | None = None,
    max_schedules: int = 10_000,
    max_seconds: float = 5.0,
    max_steps: int = 1_000,
) -> Exploration:
    """Run main() once for each possible order of steps and return the Exploration.

        explore(main, check=lambda result: result == 2, shared="counter", bad="lose an update")

    `main` is a coroutine function without arguments. It runs many times, so it must create
    or reset whatever its tasks share. A run is bad when main raises, when it cannot go on
    (deadlock), when it takes more than `max_steps` steps, or when `check`, called with what
    main returned, returns something false or raises AssertionError. `bad` says in words
    what bad schedules do: a verb in the plural. `shared` says what to show of the
    program's data at each step: see record_steps().

    Delays are exact: time moves on when nothing else can run.

    It stops after `max_schedules`, or after `max_seconds` of real time, and says so.
    Schedules that differ little from asyncio's own order come first. What main prints is
    not shown. It works with and without a running loop, and does not let it run meanwhile.

    Raises NotRepeatable if main does not do the same thing whenever it runs with the same
    schedule, and VirtualTimeError if it uses the network, threads or subprocesses.
    """
    work = _exploring(main, check, shared, bad, max_schedules, max_seconds, max_steps)
    return next(result for result in work if result is not None)


async def explore_async(
    main: Main,
    *,
    check: Check = None,
    shared: Shared = None,
    bad: str | None = None,
    max_schedules: int = 10_000,
    max_seconds: float = 5.0,
    max_steps: int = 1_000,
) -> Exploration:
    """Do what explore() does, and let the running loop have its turns meanwhile.

        await explore_async(main, check=lambda result: result == 2)

    For a page or a notebook: it can be cancelled between two schedules.
    """
    work = _exploring(main, check, shared, bad, max_schedules, max_seconds, max_steps)
    pause_at = time.perf_counter() + SLICE_SECONDS
    while (result := next(work)) is None:
        if time.perf_counter() > pause_at:
            await asyncio.sleep(0)
            pause_at = time.perf_counter() + SLICE_SECONDS
    return result


def _exploring(
    main: Main,
    check: Check,
    shared: Shared,
    bad: str | None,
    max_schedules: int,
    max_seconds: float,
    max_steps: int,
) -> Iterator[Exploration | None]:
    """Explore in small portions: yield None after each run, and the Exploration at the end."""
    if max_schedules < 1:
        raise ValueError(f"max_schedules must be at least 1, not {max_schedules!r}")
    program = _Program(main, check, shared, max_steps)
    first, loop = program.run()
    again, loop_again = program.run()
    if (first, loop.order) != (again, loop_again.order):
        raise NotRepeatable(_difference(first, again))

    deadline = time.perf_counter() + max_seconds
    groups: dict[_Judgment, _Group] = {}
    explored, known, timed = 0, 1, False
    # Of iterators over (choices, options along the way).
    pending: deque[Iterator[tuple[tuple[int, ...], Options]]] = deque([iter([((), ())])])
    while pending:
        schedule = next(pending[0], None)
        if schedule is None:
            pending.popleft()
            continue
        if explored == max_schedules or (explored and time.perf_counter() > deadline):
            break
        outcome, loop = program.run(*schedule)
        explored += 1
        yield None
        timed = timed or loop.used_timers
        path, options = tuple(loop.path), loop.options
        groups.setdefault(outcome, _Group()).add(path, loop.order)
        fixed = len(schedule[0])
        known += sum(len(choice) - 1 for choice in options[fixed:])
        pending.append(_siblings(path, options, fixed))

    outcomes = [
        Outcome(
            outcome.kind, outcome.text, outcome.bad, group.count, group.schedule, group.steps, group.switches
        )
        for outcome, group in sorted(groups.items(), key=lambda item: (item[0].bad, -item[1].count))
    ]
    usual = program.judge(play(main, lambda: SteppedLoop(max_steps=max_steps)))
    yield Exploration(
        program.name,
        program.replay,
        outcomes,
        at_least=known,
        max_steps=max_steps,
        usual="it ends in a deadlock" if usual.kind == "deadlock" else usual.text,
        verb=bad,
        timed=timed,
    )


def _siblings(
    path: tuple[int, ...], options: Options, fixed: int
) -> Iterator[tuple[tuple[int, ...], Options]]:
    """Yield the schedules that follow `path` up to one point and there choose something else.

    Choices before `fixed` were given; the rest of the path took the first option each time.
    So every schedule has exactly one parent, and is found exactly once.
    """
    for point in range(fixed, len(path)):
        for choice in range(1, len(options[point])):
            yield (*path[:point], choice), options[: point + 1]


@dataclass(frozen=True)
class _Judgment:
    """The end of a run, and whether it is bad."""

    kind: str
    text: str
    bad: bool


class _Program:
    """A main function, with everything that is needed to run it once more."""

    def __init__(self, main: Main, check: Check, shared: Shared, max_steps: int) -> None:
        self.main = main
        self.name = getattr(main, "__name__", "main")
        self.check = check
        self.shared = shared
        self.max_steps = max_steps
        Watch(shared)  # a mistake in it should show before the first run

    def run(self, choices: Sequence[int] = (), options: Options = ()) -> tuple[_Judgment, ExploringLoop]:
        """Run one schedule and return (how it ended, the loop that ran it)."""
        ending = play(self.main, lambda: ExploringLoop(choices, options, self.max_steps))
        loop = cast(ExploringLoop, ending.loop)
        loop.forget_tasks()
        return self.judge(ending), loop

    def judge(self, ending: Ending) -> _Judgment:
        """Return what `check` says about the ending of a run."""
        if ending.kind != "returned":
            return _Judgment(ending.kind, ending.text, True)
        if self.check is not None:
            try:
                verdict = self.check(ending.value)
            except AssertionError as failed:
                reason = f": {clean(str(failed))[:200]}" if str(failed) else ""
                return _Judgment("check", f"{ending.text}, which fails the check{reason}", True)
            # A check that only asserts returns None.
            if verdict is not None and not verdict:
                return _Judgment("check", f"{ending.text}, which fails the check", True)
        return _Judgment("returned", ending.text, False)

    def replay(self, choices: Sequence[int]) -> StepRecording:
        """Return the StepRecording of one schedule, without asyncio's own callbacks."""
        watch = Watch(self.shared)
        recorder = StepRecorder(watch)
        ending = play(self.main, lambda: ExploringLoop(choices, (), self.max_steps, recorder), watch)
        data = recorder.finish(ending).data
        steps = [step for step in data["steps"] if step["kind"] != "asyncio"]
        for number, step in enumerate(steps):
            step["number"] = number
            step["ready"] = [entry for entry in step["ready"] if entry["kind"] != "asyncio"]
        return StepRecording({**data, "steps": steps})


def _difference(first: _Judgment, again: _Judgment) -> str:
    if first != again:
        what = f"first {first.text}, then {again.text}"
    else:
        what = "the tasks took turns in another order"
    return (
        f"Two runs of the same schedule differed: {what}. "
        "Let main() create or reset everything that its tasks share, and avoid what differs "
        "from run to run: random numbers, real time, the order of a set."
    )


class ExploringLoop(SteppedLoop):
    """A loop that takes the next step from a list of choices, and the first when it is used up.

    `path` is what was chosen, `options` what there was to choose from (numbers of tasks;
    -1 for something else), `order` who ran.
    """

    def __init__(
        self, choices: Sequence[int], options: Options, max_steps: int, recorder: StepRecorder | None = None
    ) -> None:
        super().__init__(recorder, max_steps)
        self._choices = choices
        self._expected = options
        self._numbers: dict[object, int] = {}
        self.path: list[int] = []
        self.options: list[tuple[int, ...]] = []
        self.order: list[int] = []
        self.used_timers = False

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        """Schedule a coroutine and give its task a number."""
        task = super().create_task(coro, **options)
        if isinstance(task, TASK_TYPES):  # a factory may return something else
            self._numbers[task] = len(self._numbers)
        return task

    def forget_tasks(self) -> None:
        """Let go of the tasks of a finished run at once; thousands of runs would keep too many."""
        self.tasks.clear()
        self._numbers.clear()

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a virtual time."""
        self.used_timers = True
        return super().call_at(when, callback, *args, context=context)

    def _run_once(self) -> None:
        """Run one step. After main is done there is nothing to choose any more."""
        if self._closing:
            super()._run_once()
            return
        self._forget_cancelled()
        if not self._ready:
            self._move_to_next_timer()
        self._take_due_timers()
        self._run_handle(self._asyncios_next() or self._choose())
        self._end_round()

    def _forget_cancelled(self) -> None:
        if any(handle._cancelled for handle in self._ready):
            alive = [handle for handle in self._ready if not handle._cancelled]
            self._ready.clear()
            self._ready.extend(alive)

    def _asyncios_next(self) -> asyncio.Handle | None:
        """Take the first of asyncio's own callbacks out of the queue, if there is one."""
        for position, handle in enumerate(self._ready):
            if is_asyncios_own(handle):
                del self._ready[position]
                return handle
        return None

    def _choose(self) -> asyncio.Handle:
        ready = list(self._ready)
        position = 0
        if len(ready) > 1:
            point = len(self.path)
            options = tuple(self._number_of(handle) for handle in ready)
            if point < len(self._choices):
                position = self._choices[point]
                if self._expected and self._expected[point] != options:
                    raise NotRepeatable(
                        "With the same choices, other tasks were ready than before. Avoid what differs "
                        "from run to run: random numbers, real time, the order of a set."
                    )
            self.path.append(position)
            self.options.append(options)
        handle = ready[position]
        self.order.append(self._number_of(handle))
        del self._ready[position]
        return handle

    def _number_of(self, handle: asyncio.Handle) -> int:
        """Return the number of the task whose step it is; -1 for a callback."""
        return self._numbers.get(task_of(handle), -1)


class _Group:
    """All schedules with the same ending; the one with the fewest steps and switches stands for them."""

    def __init__(self) -> None:
        self.count = 0
        self.schedule: tuple[int, ...] = ()
        self.steps = self.switches = 0

    def add(self, path: tuple[int, ...], order: Sequence[int]) -> None:
        """Count one more schedule: its choices, and the numbers of the tasks in the order they ran."""
        self.count += 1
        switches = sum(one != other for one, other in pairwise(order))
        if self.count == 1 or (len(order), switches) < (self.steps, self.switches):
            self.schedule, self.steps, self.switches = path, len(order), switches
