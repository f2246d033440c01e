"""A Timeline and its displays: picture, page and text agree."""

import re

import pytest
from overlap_trace import Span, Timeline, to_html, to_svg, to_text

from tests.unit.trace.test_spans import span


def test_empty_timeline_can_be_shown():
    """Nothing recorded is a valid, and stated, result."""
    for text in (to_html(Timeline()), to_text(Timeline())):
        assert "Nothing was recorded." in text


def test_a_timeline_of_steps_counts_steps_not_seconds():
    """No duration is made up for a step: not in the words, not on the axis, not in the table."""
    spans = [Span("a", "a", 0, 1, "running"), Span("b", "b", 1, 7, "running")]
    timeline = Timeline(spans, title="Seven steps", unit="steps")
    for text in (to_html(timeline), to_text(timeline), str(timeline)):
        assert "7 steps" in text
        assert not re.search(r"\d m?s\b", text)
    assert "running: a, 1 step<" in to_html(timeline)
    assert "6 steps" in to_text(timeline)
    assert timeline.holds == ()
    assert Timeline.from_dict(timeline.to_dict()) == timeline
    with pytest.raises(ValueError, match="seconds, steps"):
        Timeline(unit="minutes")


def test_same_data_same_output():
    """Equal timelines give equal SVG, HTML and text."""
    spans = [span("a", 0, 2), span("b", 1, 3, "waiting"), span("b", 3, 3, "failed")]
    one, two = Timeline(spans), Timeline(list(reversed(spans)), lanes=["a", "b"])
    for draw in (to_svg, to_html, to_text):
        assert draw(one) == draw(two)
