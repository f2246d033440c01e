"""A Timeline and its displays: picture, page and text agree."""

import html
import json
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


@pytest.mark.parametrize(
    ("name", "begins"), [("a.html", "<!doctype html>"), ("a.svg", "<svg"), ("a.txt", "Work")]
)
def test_a_timeline_saves_itself_as_its_ending_says(tmp_path, name, begins):
    """A page, a picture, text; the title is text in all of them."""
    timeline = Timeline([Span("a <b>", "job", 0, 1, "running")], title="Work & <more>")
    timeline.save(tmp_path / name)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "a <b>" in (text if name == "a.txt" else html.unescape(text))
    assert ("<more>" in text) == (name == "a.txt")


def test_a_saved_timeline_can_be_read_again(tmp_path):
    """And an ending that it does not know is refused, with those that it knows."""
    timeline = Timeline([Span("a", "job", 0, 1, "waiting", kind="lock")], model="threads")
    timeline.save(str(tmp_path / "a.JSON"))
    assert Timeline.from_dict(json.loads((tmp_path / "a.JSON").read_text())) == timeline
    with pytest.raises(ValueError, match=r"must end with one of .html, .svg, .txt, .json"):
        timeline.save(tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.JSON"]
