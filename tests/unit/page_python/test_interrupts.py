"""Where Stop is heard, and where it waits."""

import signal
import sys
import time

import pytest
from overlap_page import asyncio_run
from overlap_page.interrupts import EVENT_LOOPS, SLICE, in_slices, on_interrupt


class Interrupt:
    """Stop, pressed from the start, or after it has been asked for so often."""

    def __init__(self, after=0):
        self.after = after
        self.times_heard = 0

    def due(self):
        self.after -= 1
        return self.after < 0

    def heard(self):
        self.times_heard += 1


@pytest.fixture
def interrupt():
    return Interrupt()


def in_cell(source, **names):
    """Run source as the code of a cell."""
    exec(compile(source, "cell 1", "exec"), names)


def test_it_is_raised_in_the_readers_code_and_what_that_calls_and_nowhere_else(interrupt):
    """Frames between do not matter, but one must be of a cell."""
    handle = on_interrupt(interrupt)
    handle(signal.SIGINT, sys._getframe())
    assert interrupt.times_heard == 0

    def called():
        handle(signal.SIGINT, sys._getframe())

    with pytest.raises(KeyboardInterrupt):
        in_cell("called()", called=called)
    assert interrupt.times_heard == 1


@pytest.mark.parametrize("module", EVENT_LOOPS)
def test_it_waits_while_the_readers_code_is_inside_the_event_loops(interrupt, module):
    """It would be half of a call_soon: the loop keeps a callback and asks for no turn."""
    handle = on_interrupt(interrupt)
    loop_module = {"__name__": module, "handle": lambda: handle(signal.SIGINT, sys._getframe())}
    exec("def call_soon():\n    handle()", loop_module)
    in_cell("call_soon()", call_soon=loop_module["call_soon"])
    assert interrupt.times_heard == 0


def test_the_event_loop_is_where_it_is_looked_for():
    """The name that frames of the loop's module have."""
    assert ("overlap_page.event_loop", asyncio_run.__name__) == EVENT_LOOPS


@pytest.fixture
def clock(monkeypatch):
    """A sleep that takes no time: the seconds of each call, on a clock of their own."""
    slices = []
    monkeypatch.setattr(time, "monotonic", lambda: sum(slices))
    return slices


def test_a_sleep_is_cut_into_slices(clock):
    """In the end it has taken as long as it had to."""
    slept = []
    in_slices(clock.append, Interrupt(after=1000), slept.append)(4.2 * SLICE)
    assert len(clock) == 5
    assert max(clock) == SLICE
    assert sum(clock) == pytest.approx(4.2 * SLICE)
    assert slept == [4.2 * SLICE]


def test_a_sleep_is_interrupted_between_two_slices(clock):
    """What is left of it is not slept, and no one is told that it was."""
    interrupt, slept = Interrupt(after=2), []
    with pytest.raises(KeyboardInterrupt):
        in_slices(clock.append, interrupt, slept.append)(100)
    assert clock == [SLICE] * 3
    assert interrupt.times_heard == 1
    assert slept == []


@pytest.mark.parametrize("seconds", [0, SLICE, -1, float("inf"), float("nan"), "a while"])
def test_what_needs_no_slices_or_is_wrong_is_left_to_the_real_sleep(clock, seconds):
    """It raises what it always raises."""
    slept = []
    in_slices(slept.append, Interrupt(), lambda took: None)(seconds)
    assert slept == [seconds]
