"""The data model: spans, timelines, and the clear errors for wrong ones."""

import json
from decimal import ROUND_UP, localcontext

import pytest
from overlap_trace import Span, Timeline
from overlap_trace.spans import format_seconds


def span(lane="a", start=0.0, end=1.0, state="running", name="job", note=""):
    return Span(lane, name, start, end, state, note)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"state": "asleep"}, ValueError, "running, waiting, cancelled, failed"),
        ({"start": 2.0}, ValueError, "ends .* before it starts"),
        ({"start": -1.0}, ValueError, "before the trace began"),
        ({"end": float("nan")}, ValueError, "finite"),
        ({"end": float("inf")}, ValueError, "finite"),
        ({"end": "1"}, TypeError, "number of seconds"),
        ({"lane": 3}, TypeError, "Span.lane must be a string"),
        ({"note": None}, TypeError, "Span.note must be a string"),
    ],
)
def test_wrong_span_says_what_is_wrong(wrong, error, words):
    """A span that cannot be drawn is refused, with the field and the value in the message."""
    with pytest.raises(error, match=words):
        span(**wrong)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"spans": [("a", 0, 1)]}, TypeError, "made of Span objects"),
        ({"model": "fibers"}, ValueError, "asyncio, threads, processes"),
        ({"lanes": "main"}, TypeError, "list of names"),
        ({"title": None}, TypeError, "title must be a string"),
    ],
)
def test_wrong_timeline_says_what_is_wrong(options, error, words):
    """A timeline checks what it is made of."""
    with pytest.raises(error, match=words):
        Timeline(**options)


def test_lanes_keep_the_given_order_and_the_rest_follow_by_first_span():
    """lanes= comes first, even without spans; then lanes in order of their first span."""
    timeline = Timeline([span("late", 5, 6), span("early", 1, 2)], lanes=["empty"])
    assert timeline.lanes == ("empty", "early", "late")
    assert timeline.by_lane()["empty"] == []


def test_spans_of_a_lane_are_in_order_of_time():
    """lane() gives the spans of one lane sorted by start; an unknown lane lists the known ones."""
    timeline = Timeline([span("a", 3, 4), span("b", 0, 9), span("a", 1, 2)])
    assert [s.start for s in timeline.lane("a")] == [1, 3]
    with pytest.raises(KeyError, match="there are: b, a"):
        timeline.lane("c")


def test_running_counts_overlapping_time_once():
    """running is the time in which at least one lane ran, not the sum over lanes."""
    timeline = Timeline([span("a", 0, 2), span("b", 1, 3), span("c", 5, 6), span("d", 3, 5, "waiting")])
    assert timeline.running == 4
    assert timeline.duration == 6


def test_a_step_over_50_ms_is_a_hold_only_in_asyncio():
    """Only one asyncio step can keep everybody waiting; threads and processes do not."""
    spans = [span("a", 0, 0.2), span("b", 0.2, 0.24)]
    assert [s.lane for s in Timeline(spans).holds] == ["a"]
    assert Timeline(spans, model="threads").holds == ()


def test_a_step_during_which_another_wait_ended_is_no_hold():
    """When another task woke up in the middle, the loop was not held."""
    spans = [span("a", 0, 0.2), span("b", 0, 0.1, "waiting"), span("b", 0.1, 0.11)]
    assert Timeline(spans).holds == ()


def test_json_round_trip():
    """to_dict() survives JSON and comes back as an equal timeline."""
    timeline = Timeline(
        [span("a", 0, 2), span("b", 1, 1, "failed", note="ValueError: x")],
        title="T", model="processes", lanes=["b"], remark="half of it",
    )  # fmt: skip
    again = Timeline.from_dict(json.loads(json.dumps(timeline.to_dict())))
    assert again == timeline
    assert again.lanes == ("b", "a")
    assert again != Timeline([])


@pytest.mark.parametrize("data", [None, {}, {"spans": 3}, {"spans": [{"lane": "a"}]}])
def test_wrong_json_is_refused(data):
    """Anything that is not a timeline says so."""
    with pytest.raises(ValueError, match="not a timeline"):
        Timeline.from_dict(data)


def test_wrong_json_names_the_span():
    """A wrong span in JSON is named by its number."""
    good = {"lane": "a", "name": "n", "start": 0, "end": 1, "state": "running"}
    with pytest.raises(ValueError, match=r"span 1: .*sleeping"):
        Timeline.from_dict({"spans": [good, good | {"state": "sleeping"}]})


def test_an_axis_and_words_of_ones_own():
    """`until` widens the axis and nothing else; `summary` replaces the computed sentences."""
    spans = [Span("a", "job", 0, 1, "running"), Span("b", "job", 0, 2, "waiting")]
    plain = Timeline(spans, model="threads")
    wide = Timeline(spans, model="threads", until=4, summary="Two jobs.", remark="Recorded.")
    assert (plain.extent, wide.extent, wide.duration) == (2, 4, 2)
    assert "Two jobs. Recorded." in str(wide)
    assert "Work adds up" in str(plain)
    assert "Work adds up" not in str(wide)
    bars = [line for line in str(wide).splitlines() if line.startswith("b ")]
    assert bars[0].count("░") * 2 == pytest.approx(str(plain).splitlines()[-2].count("░"), abs=2)
    with pytest.raises(ValueError, match="the last span ends at 2"):
        Timeline(spans, until=1.5)


def test_places_and_options_survive_json():
    """to_dict and from_dict keep everything a Timeline was made with."""
    span = Span("a", "sleep", 0, 1, "waiting", "line 3", (("", 3), ("cell 2", 5)))
    timeline = Timeline([span], until=3, summary="Words.", virtual=True)
    again = Timeline.from_dict(json.loads(json.dumps(timeline.to_dict())))
    assert again == timeline
    assert again.spans[0].places == (("", 3), ("cell 2", 5))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-1, "0 s"),
        (1e-9, "0.000001 ms"),
        (4e-5, "0.04 ms"),
        (0.000125, "0.12 ms"),
        (0.000135, "0.14 ms"),
        (0.001, "1 ms"),
        (0.00949, "9.5 ms"),
        (0.009949, "9.9 ms"),
        (0.00995, "10 ms"),
        (0.0125, "12 ms"),
        (0.0135, "14 ms"),
        (0.09949, "99 ms"),
        (0.0995, "0.10 s"),
        (0.125, "0.12 s"),
        (0.135, "0.14 s"),
        (0.145, "0.14 s"),
        (0.155, "0.16 s"),
        (99.9949, "99.99 s"),
        (99.995, "100 s"),
        (100.5, "100 s"),
        (101.5, "102 s"),
        (3600, "3600 s"),
        (float("inf"), "inf s"),
    ],
)
def test_durations_are_rounded_in_one_way(seconds, words):
    """A tie goes to the even digit in every range, however the number is stored."""
    assert format_seconds(seconds) == words


def test_durations_do_not_depend_on_the_decimal_context_of_the_program():
    """A program may have asked for fewer digits, or for another rounding."""
    with localcontext(prec=1, rounding=ROUND_UP):
        assert [format_seconds(seconds) for seconds in (0.125, 0.0124, 123.4)] == ["0.12 s", "12 ms", "123 s"]
