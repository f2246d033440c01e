"""Recorded steps as text, as HTML and as a timeline say the same."""

import html
import json
import re
from itertools import pairwise

import pytest
from overlap_trace.stepper import record_steps

from tests.unit.virtual.programs import download, lose


def test_text_for_a_terminal_or_a_screen_reader():
    """Each step says what happened, what is ready, what each task does, and what was printed."""
    text = str(record_steps(download))
    assert "Step 0 of" in text
    assert "Nothing can run: the clock moves to 1.00 s." in text
    assert "  Timers: 1.00 s: wake fetch(2, 1), 2.00 s: wake fetch(1, 2)." in text
    assert "  collector: waiting for Queue.get of queue, at line" in text
    assert "  Printed: fetched 2" in text
    assert text.endswith("The end: download returned ([1, 2], False).")


def test_a_numbered_list_in_html(program):
    """One item for each step, in order, with what happened and the state after it."""
    record = record_steps(program, shared="counter", max_steps=5_000)
    page = record._repr_html_()
    items = re.findall(r'<li value="(\d+)">(.*?)</li>', page, re.DOTALL)
    assert [int(number) for number, _ in items] == [step["number"] for step in record.steps]
    for (_, text), step in zip(items, record.steps, strict=True):
        assert html.escape(step["text"]) in text
        for entry in step["ready"]:
            assert html.escape(entry["text"]) in text
    data = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data[1]) == record.data


def test_the_timeline_has_one_bar_for_each_step():
    record = record_steps(lose, shared="counter")
    timeline = record.timeline()
    bars = sorted((s for s in timeline.spans if s.state == "running"), key=lambda s: s.start)
    steps = [step for step in record.steps if step["kind"] == "step"]
    assert [bar.lane for bar in bars] == [record.data["tasks"][step["task"]] for step in steps]
    assert timeline.lanes == ("lose", "increment #1", "increment #2")
    # Every lane is covered from its creation to its end.
    for lane in timeline.lanes:
        spans = timeline.lane(lane)
        assert all(one.end == pytest.approx(other.start) for one, other in pairwise(spans))
