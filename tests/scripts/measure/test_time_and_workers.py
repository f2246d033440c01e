import re
import sys

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def seen(text):
    """CPU seconds, by start method."""
    found = re.findall(r"^(\w+) +user \+ sys (\d+\.\d\d) s$", text, re.M)
    return {method: float(seconds) for method, seconds in found}


@pytest.mark.skipif(sys.platform == "win32", reason="os.times() has no children there")
def test_time_does_not_see_the_workers_of_a_forkserver(run):
    """All of these are CPU clocks, so this holds however busy the machine is."""
    seconds = seen(run.text)
    assert {"forkserver", "spawn"} <= set(seconds)
    assert all(2 * seconds["forkserver"] < seconds[method] for method in seconds if method != "forkserver")


def test_the_recording_is_of_a_python_whose_default_it_is():
    recording = Recording.read(SCRIPTS / "measure" / "time_and_workers.out")
    assert recording.python.startswith("3.14.")
    assert recording.platform.startswith("Linux")
    assert set(seen(recording.text)) == {"fork", "forkserver", "spawn"}
