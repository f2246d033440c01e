"""The words and numbers that every form of a timeline shares."""

import pytest
from overlap_trace import Span, Timeline
from overlap_trace.words import axis, summary


def test_summary_of_threads_says_how_much_overlapped():
    """For threads and processes the number to see is how many worked at a time."""
    spans = [Span(f"w{n}", "job", 0, 2, "running") for n in range(3)]
    assert summary(Timeline(spans, model="threads")) == (
        "3 threads, 2.00 s. Work adds up to 6.00 s: on average 3.0 at a time."
    )


@pytest.mark.parametrize("duration", [3e-6, 4e-4, 0.0101, 0.33, 0.999, 1, 1.02, 7, 59, 3600])
def test_axis_has_round_ticks_and_one_unit(duration):
    """From 0, evenly spaced, 3 to 6 ticks inside the duration, the unit only on the last."""
    ticks = axis(duration, most=5)
    assert 3 <= len(ticks) <= 6
    assert ticks[0][0] == 0
    assert duration / 2 < ticks[-1][0] <= duration * 1.000001
    assert [label.replace(".", "").isdigit() for _, label in ticks[:-1]] == [True] * (len(ticks) - 1)
    assert ticks[-1][1].endswith((" s", " ms", " µs"))
