"""Run random programs on several event loops of this Python, and say where they differ.

    python run_random_programs.py FIRST COUNT

Each program runs on CPython's own loop with a clock that jumps, on the virtual loop, and in the stepper.
Prints one object as JSON: `lines` is how much the programs said, `differ` is a list of [seed, timed, loop,
the smallest program, what CPython's loop said, what the other one said].
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import selectors
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / "book" / name) for name in ("contract", "trace"))]

from overlap_trace.stepper import record_steps  # noqa: E402
from overlap_trace.virtual_time import VirtualLoop  # noqa: E402

from tests.loops.random_programs import (  # noqa: E402
    Program,
    Run,
    program,
    quiet,
    same,
    smallest,
    until_the_end,
    use_numbered_tasks,
)


class Jump(selectors.SelectSelector):
    """A selector that does not wait: it moves the clock."""

    loop: Any

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen")
        if timeout > 0:
            self.loop.clock += timeout + self.loop.late
        return []


class Reference(asyncio.SelectorEventLoop):
    """CPython's own loop. Only its clock and its selector are others. It wakes up so late, in seconds."""

    def __init__(self, late: float) -> None:
        self.late = late
        selector = Jump()
        self.clock = 0.0
        super().__init__(selector)
        selector.loop = self
        self._clock_resolution = 1e-9

    def time(self) -> float:
        self.clock += 1e-9
        return self.clock


Play = Callable[[Program, bool], list[str]]


def on(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Play:
    """Return what runs a program on a loop of its own."""

    def play(program: Program, timed: bool) -> list[str]:
        told: list[str] = []

        async def main() -> None:
            await Run(program, timed, told).run()

        # What is left when it ends may wait for ever.
        with contextlib.suppress(RuntimeError), quiet(), asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(main())
        return until_the_end(told)

    return play


def in_stepper(program: Program, timed: bool) -> list[str]:
    """Run a program as the stepper does, with a snapshot after each step."""
    told: list[str] = []

    async def main() -> None:
        await Run(program, timed, told).run()

    with quiet():
        record_steps(main, max_steps=20_000)
    return until_the_end(told)


PLAYS: dict[str, Play] = {"virtual": on(VirtualLoop), "stepper": in_stepper}


class Backwards(VirtualLoop):
    """A loop that is wrong: what was ready first comes last."""

    def _take_due_timers(self) -> None:
        super()._take_due_timers()
        self._ready.reverse()


def main(first: int, count: int, also: str = "") -> dict[str, Any]:
    """Compare, also with a wrong loop if it is named; return what is to be printed."""
    if also == "backwards":
        PLAYS[also] = on(Backwards)
    use_numbered_tasks()
    logging.lastResort = None
    logging.getLogger().addHandler(logging.NullHandler())
    reference, later = on(lambda: Reference(1e-7)), on(lambda: Reference(2e-6))
    lines, differ = 0, []
    for seed in range(first, first + count):
        timed = seed % 3 > 0
        one = program(seed, timed)
        expected = reference(one, timed)
        if timed and not same(later(one, timed), expected):
            continue
        lines += len(expected)
        for name, play in PLAYS.items():
            if name == "stepper" and seed % 4:
                continue  # it is slow, and the virtual loop is the same

            def differs(one: Program, play: Play = play, timed: bool = timed) -> bool:
                return not same(play(one, timed), reference(one, timed))

            if differs(one):
                small = smallest(one, differs)
                differ.append([seed, timed, name, small, reference(small, timed), play(small, timed)])
    return {"lines": lines, "differ": differ}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])))
