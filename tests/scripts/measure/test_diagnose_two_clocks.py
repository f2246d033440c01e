import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def table(text):
    """Wall seconds, CPU seconds and verdict, by step."""
    line = re.compile(r"(\w+) +(\d+\.\d\d) s, CPU (\d+\.\d\d) s: it (\w+)")
    rows = [line.fullmatch(text_line).groups() for text_line in text.splitlines()]
    return {name: (float(wall), float(cpu), verdict) for name, wall, cpu, verdict in rows}


def test_downloading_waits_whatever_else_runs(run):
    """Eight answers of 0.1 s: most of the time is waiting on any machine."""
    steps = table(run.text)
    assert list(steps) == ["download_all", "shrink_all", "batch"]
    wall, cpu, verdict = steps["download_all"]
    assert wall >= 0.8
    assert cpu < wall / 2
    assert verdict == "waits"


def test_the_verdict_follows_the_clocks(run):
    """More than half of the time on the CPU clock is computing, less is waiting."""
    for wall, cpu, verdict in table(run.text).values():
        if abs(cpu - wall / 2) > 0.01:  # not lost in rounding
            assert verdict == ("computes" if cpu > wall / 2 else "waits")


def test_a_photo_is_shrunk(example):
    """The second step is real work: of each eight pixels, the average."""
    assert example["shrink_all"]([bytes([0, 8] * 4 + [200] * 8)]) == [bytes([4, 200])]


def test_the_recording_shows_one_step_of_each_kind():
    """The page: downloading waits, shrinking computes, and the batch is the sum of both. A
    recording made while the machine was busy with something else fails here."""
    recording = Recording.read(SCRIPTS / "measure" / "diagnose_two_clocks.out")
    steps = table(recording.text)
    assert [verdict for _, _, verdict in steps.values()] == ["waits", "computes", "waits"]
    download, shrink, batch = steps.values()
    assert download[1] < download[0] / 10
    assert shrink[1] > 0.85 * shrink[0]
    assert batch[0] == pytest.approx(download[0] + shrink[0], rel=0.15)
    assert batch[1] == pytest.approx(download[1] + shrink[1], rel=0.4)
