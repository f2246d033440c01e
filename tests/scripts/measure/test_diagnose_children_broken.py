import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def clocks(text):
    """Wall and CPU seconds."""
    return [float(number) for number in re.search(r"(\d+\.\d\d) s, CPU (\d+\.\d\d) s", text).groups()]


def test_the_parent_counts_almost_nothing(run):
    """Two workers compute, and the parent's CPU clock hardly moves."""
    wall, cpu = clocks(run.text)
    assert run.lines[0] == "2 totals"
    assert cpu < wall / 2


def test_the_recording_looks_like_waiting():
    """The page says "almost no CPU time"."""
    wall, cpu = clocks(Recording.read(SCRIPTS / "measure" / "diagnose_children_broken.out").text)
    assert cpu <= wall / 8
