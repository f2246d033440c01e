import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def curve(text):
    """Speed-up by number of workers."""
    return {
        int(workers): float(ratio) for workers, ratio in re.findall(r"(\d+) +\d+\.\d\d s +(\d+\.\d\d)x", text)
    }


def test_one_row_for_each_number_of_workers(run, python):
    """The first line names the cores that Python may use; then 1 to 8 workers."""
    assert re.match(rf"{python.cores} cores; in a loop \d+\.\d\d s\n", run.text)
    assert list(curve(run.text)) == [1, 2, 3, 4, 6, 8]


def test_the_parts_are_the_whole(example):
    """Every part counts its own 300 numbers, so nothing is counted twice."""
    primes = example["count_primes"]
    assert primes(10) == sum(all(n % d for d in range(2, n)) for n in range(10, 310))


def test_the_recorded_curve_ends_at_the_cores():
    """Nearly one core more for each worker, and flat beyond the cores. A recording made
    while the machine was busy with something else fails here."""
    recording = Recording.read(SCRIPTS / "measure" / "process_speedup.out")
    for workers, ratio in curve(recording.text).items():
        assert ratio == pytest.approx(min(workers, recording.cores), rel=0.25)
