"""The words and numbers that every form of a timeline shares."""

import re
import unicodedata

import pytest
from overlap_trace import Span, Timeline, to_svg
from overlap_trace.words import axis, shorten, summary, text_width


def test_summary_of_threads_says_how_much_overlapped():
    """For threads and processes the number to see is how many worked at a time."""
    spans = [Span(f"w{n}", "job", 0, 2, "running") for n in range(3)]
    assert summary(Timeline(spans, model="threads")) == (
        "3 threads, 2.00 s. Work adds up to 6.00 s: on average 3.0 at a time."
    )


def test_long_names_stay_apart():
    """What is left out is the middle: addresses differ at their ends, in the picture and as text."""
    names = [f"get('https://example.org/api/v2/customers/orders/{number}')" for number in range(1, 7)]
    names += [f"{'x' * 60} #{number}" for number in range(3)]
    timeline = Timeline([Span(name, "job", 0, 1, "failed") for name in names])
    labels = re.findall(r'<text x="0"[^>]*>([^<]*)</text>', to_svg(timeline))
    assert len(set(labels)) == len(names)
    assert all("…" in label for label in labels)
    rows = [line[:20] for line in str(timeline).splitlines() if line.rstrip().endswith("!")]
    assert len(set(rows)) >= 4


@pytest.mark.parametrize("text", ["a" * 50, "e\u0301" * 30, "漢字" * 20, "🙂" * 25])
@pytest.mark.parametrize("ellipsis", ["…", "..."])
def test_a_shortened_text_fits(text, ellipsis):
    """In columns of a terminal, with both its ends, and no accent without its letter."""
    short = shorten(text, 20, ellipsis)
    head, tail = short.split(ellipsis)
    assert 17 <= text_width(short) <= 20
    assert text.startswith(head)
    assert text.endswith(tail)
    assert not unicodedata.combining(tail[0])


@pytest.mark.parametrize("duration", [3e-6, 4e-4, 0.0101, 0.33, 0.999, 1, 1.02, 7, 59, 3600])
def test_axis_has_round_ticks_and_one_unit(duration):
    """From 0, evenly spaced, 3 to 6 ticks inside the duration, the unit only on the last."""
    ticks = axis(duration, most=5)
    assert 3 <= len(ticks) <= 6
    assert ticks[0][0] == 0
    assert duration / 2 < ticks[-1][0] <= duration * 1.000001
    assert [label.replace(".", "").isdigit() for _, label in ticks[:-1]] == [True] * (len(ticks) - 1)
    assert ticks[-1][1].endswith((" s", " ms", " µs"))
