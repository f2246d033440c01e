import re

import pytest

from book.extension.recording import Recording
from tools.running import SCRIPTS


def table(text):
    """Wall seconds, CPU seconds and verdict, by step."""
    line = re.compile(r"(\w+) +(\d+\.\d\d) s, CPU (\d+\.\d\d) s: it (\w+)")
    rows = [line.fullmatch(text_line).groups() for text_line in text.splitlines()]
    return {name: (float(wall), float(cpu), verdict) for name, wall, cpu, verdict in rows}


def test_fetching_waits_whatever_else_runs(run):
    """Eight answers of 0.1 s: most of the time is waiting on any machine."""
    steps = table(run.text)
    assert list(steps) == ["fetch_pages", "count_words", "report"]
    wall, cpu, verdict = steps["fetch_pages"]
    assert wall >= 0.8
    assert cpu < wall / 2
    assert verdict == "waits"


def test_the_verdict_follows_the_clocks(run):
    """More than half of the time on the CPU clock is computing, less is waiting."""
    for wall, cpu, verdict in table(run.text).values():
        if abs(cpu - wall / 2) > 0.01:  # not lost in rounding
            assert verdict == ("computes" if cpu > wall / 2 else "waits")


def test_words_are_counted(example):
    """The second step is real work."""
    assert example["count_words"]([b"a b a", b"b"]) == {"a": 24, "b": 24}


def test_the_recording_shows_one_step_of_each_kind():
    """The page: fetching waits, counting computes, and the report is the sum of both. A
    recording made while the machine was busy with something else fails here."""
    recording = Recording.read(SCRIPTS / "measure" / "diagnose_two_clocks.out")
    steps = table(recording.text)
    assert [verdict for _, _, verdict in steps.values()] == ["waits", "computes", "waits"]
    fetch, count, report = steps.values()
    assert fetch[1] < fetch[0] / 10
    assert count[1] > 0.85 * count[0]
    assert report[0] == pytest.approx(fetch[0] + count[0], rel=0.15)
    assert report[1] == pytest.approx(fetch[1] + count[1], rel=0.4)
