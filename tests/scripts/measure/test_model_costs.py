import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

ROW = re.compile(r"(\S.*?) +([\d,]+\.\d) µs +([\d,]+\.\d) KB")


def costs(text):
    """(µs to start, KB of its own) by kind."""
    return {
        what: tuple(float(number.replace(",", "")) for number in numbers)
        for what, *numbers in ROW.findall(text)
    }


def test_every_kind_is_measured(run, python):
    """Sub-interpreters need Python 3.14, and the output says so."""
    kinds = set(costs(run.text))
    assert {"task", "thread", "process, spawn"} <= kinds
    assert ("sub-interpreter" in kinds) == (python.release >= (3, 14))


def test_a_task_is_cheapest_and_a_new_python_dearest(run):
    """Orders of magnitude lie between them, so this holds on a busy machine. There, a fork
    server can need longer than spawn."""
    microseconds = {what: cost[0] for what, cost in costs(run.text).items()}
    assert min(microseconds, key=microseconds.get) == "task"
    assert max(microseconds, key=microseconds.get) in ("process, spawn", "process, forkserver")


@pytest.mark.parametrize("suffix", [".out", ".3.14t.out"])
def test_the_recordings_show_steps_of_ten(suffix):
    """Task, thread, sub-interpreter: each at least ten times the one before, in time and in
    memory. A recording of a busy machine may fail here."""
    recording = Recording.read((SCRIPTS / "measure" / "model_costs").with_suffix(suffix))
    found = costs(recording.text)
    assert recording.python.startswith("3.14.")
    for light, heavy in [("task", "thread"), ("thread", "sub-interpreter")]:
        assert all(10 * a < b for a, b in zip(found[light], found[heavy], strict=True))
    assert found["process, spawn"][1] > found["sub-interpreter"][1]
