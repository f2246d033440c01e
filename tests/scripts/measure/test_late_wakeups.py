import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS
from tools.running import run_script


def lateness(text):
    """Milliseconds late, by what the other thread does."""
    found = re.findall(r"^(.+?) +([\d.]+) ms late$", text, re.M)
    return {beside: float(milliseconds) for beside, milliseconds in found}


def test_six_measurements(run):
    assert list(lateness(run.text)) == [
        "nothing",
        "Python code",
        "Python code, interval 1 ms",
        "C code that keeps the GIL",
        "slow pattern in re",
        "C code that releases it",
    ]


def test_on_a_standard_build_a_thread_that_computes_delays_the_other(run, script_and_python):
    """It waits for the GIL: about one switch interval, or for the end of a C call. Where other
    programs have the cores the computing thread may not run at all, so it is asked again."""
    script, python = script_and_python
    if python.free_threaded:
        pytest.skip("the claim is about standard builds")
    late = lateness(run.text)
    beside = "Python code", "C code that keeps the GIL", "slow pattern in re"
    for _ in range(3):
        if min(late[what] for what in beside) > 4:
            break
        late = lateness(run_script(script, python).text)
    assert min(late[what] for what in beside) > 4, late


def test_the_recording_of_a_standard_build():
    """The sleeper waits about one interval; longer for C code, `re` included; not for C code that releases
    the GIL. A recording made on a busy machine may fail here."""
    recording = Recording.read(SCRIPTS / "measure" / "late_wakeups.out")
    late = lateness(recording.text)
    assert recording.build == "CPython"
    assert 4.5 < late["Python code"] < 7
    assert 0.9 < late["Python code, interval 1 ms"] < 2.5
    assert late["C code that keeps the GIL"] > 2 * late["Python code"]
    assert late["slow pattern in re"] > 1.5 * late["Python code"]
    assert late["C code that releases it"] < 1
    assert late["nothing"] < 1


def test_the_recording_of_a_free_threaded_build():
    """Nobody waits for anybody."""
    recording = Recording.read(SCRIPTS / "measure" / "late_wakeups.3.14t.out")
    assert recording.build == "CPython-free-threaded"
    assert max(lateness(recording.text).values()) < 1
