"""The text form says what the spans say, and nothing else."""

import itertools
import re

import pytest
from overlap_trace import Span, Timeline, to_text

from tests.unit.trace.samples import sample


def test_text_form():
    """The text form shows lanes, bars in order, the key, and what is remarkable."""
    lines = to_text(sample(), width=72).splitlines()
    assert max(map(len, lines)) <= 72
    assert lines[0] == "Sample"
    labels = [line.split()[0] for line in lines if re.search("[█░╳]{3}", line)]
    assert labels == ["main", "bad", "fetch"]
    text = "\n".join(lines)
    states = [k for k, _ in itertools.groupby(next(ln for ln in lines if ln.startswith("fetch ")).split()[1])]
    assert states == ["█", "╳"]
    assert "█ running  ░ waiting  ╳ cancelled  ! failed" in text
    assert "fetch: cancelled; held the loop 0.10 s" in text
    assert "bad: failed: ValueError" in text


def test_text_bars_are_proportional():
    """A span covers its share of the columns, within one column."""
    timeline = Timeline(
        [Span("a", "n", 0, 0.25, "running"), Span("a", "n", 0.25, 1, "waiting")], model="threads"
    )
    line = next(ln for ln in to_text(timeline, width=103).splitlines() if ln.startswith("a "))
    assert (line.count("█"), line.count("░")) == (25, 75)


def test_short_step_is_visible_in_text():
    """A step much shorter than a column is still shown among long waits."""
    spans = [
        Span("a", "n", 0, 0.505, "waiting"),
        Span("a", "n", 0.505, 0.5051, "running"),
        Span("a", "n", 0.5051, 1, "waiting"),
    ]
    line = next(ln for ln in to_text(Timeline(spans)).splitlines() if ln.startswith("a "))
    assert line.count("█") == 1


def test_text_form_in_ascii():
    """ascii_only=True prints nothing a plain terminal cannot."""
    timeline = Timeline([*sample().spans, Span("日本", "x", 0, 1, "running")], title="t…")
    text = to_text(timeline, ascii_only=True)
    assert text.isascii()
    assert "# running  . waiting  x cancelled  ! failed" in text


def test_text_form_needs_some_room():
    """A width that cannot work is refused in words."""
    with pytest.raises(ValueError, match="at least 40 columns"):
        to_text(sample(), width=20)
