import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

BROKEN = SCRIPTS / "measure" / "diagnose_children_broken.py"


def clocks(text):
    """Wall and CPU seconds."""
    return [float(number) for number in re.search(r"(\d+\.\d\d) s, CPU (\d+\.\d\d) s", text).groups()]


def test_the_workers_are_counted(run, python, run_once):
    """The same work, many times the CPU time of the version that reads one clock. Both are
    CPU clocks, so this holds however busy the machine is."""
    assert run.lines[0] == "2 totals"
    assert clocks(run.text)[1] > 4 * clocks(run_once(BROKEN, python).text)[1]


def test_the_recording_shows_two_cores_computing():
    """CPU is above wall, so nobody takes it for waiting. A recording made while the machine
    was busy with something else fails here."""
    wall, cpu = clocks(Recording.read(SCRIPTS / "measure" / "diagnose_children_fixed.out").text)
    assert cpu > 1.3 * wall
