"""Words and numbers about a timeline that the picture and the text form share."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from .spans import Span, TimelineData, format_seconds

# Characters that XML forbids, that encode to nothing, or that turn text around.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

NOUNS = {"asyncio": "task", "threads": "thread", "processes": "process"}


def clean(text: str) -> str:
    """Return the text as one line, without what cannot be printed."""
    return _UNPRINTABLE.sub("\ufffd", " ".join(text.split()))


def text_width(text: str) -> int:
    """Return how many columns a terminal needs for the text."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """Return the text, in at most `width` columns. What is too much is left out of the middle."""
    return cut_middle(text, width, text_width, ellipsis)


def cut_middle(text: str, most: float, size: Callable[[str], float], ellipsis: str = "…") -> str:
    """Return the text without its middle, so that its size is at most `most`.

    Names that differ often differ at their ends: of addresses, the last part; of tasks, a number.
    """
    if size(text) <= most:
        return text
    room = most - size(ellipsis)
    head = tail = ""
    for number in range(len(text)):
        end = number % 2
        longer = (head, text[-1 - number // 2] + tail) if end else (head + text[number // 2], tail)
        if size("".join(longer)) > room:
            break
        head, tail = longer
    while tail and unicodedata.combining(tail[0]):
        tail = tail[1:]
    return head.rstrip() + ellipsis + tail.lstrip()


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: '1 task', '3 tasks', '1,200 processes'."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def summary(timeline: TimelineData) -> str:
    """Say what there is to see, in a few short sentences: the timeline's own, or computed ones."""
    if timeline.summary:
        return clean(f"{timeline.summary} {timeline.remark}")
    noun = NOUNS[timeline.model]
    if not timeline.spans:
        return f"Nothing was recorded. {clean(timeline.remark)}".rstrip()
    total = timeline.duration
    clock = " of virtual time" if timeline.virtual else ""
    sentences = [f"{plural(len(timeline.lanes), noun)}, {timeline.in_words(total)}{clock}."]
    if timeline.unit == "steps":
        pass  # a step has no duration
    elif timeline.virtual and not timeline.running:
        sentences.append("Running code takes none of it.")
    elif timeline.model == "asyncio":
        sentences += _loop_sentences(timeline)
    elif busy := sum(span.duration for span in timeline.spans if span.state != "waiting"):
        sentences.append(f"Work adds up to {format_seconds(busy)}: on average {busy / total:.1f} at a time.")
    for state in ("cancelled", "failed"):
        if timeline.model == "asyncio":
            number, what = sum(ending(spans) == state for spans in timeline.by_lane().values()), noun
        else:
            number, what = sum(span.state == state for span in timeline.spans), "job"
        if number:
            sentences.append(f"{plural(number, what)} {state}.")
    if timeline.remark:
        sentences.append(clean(timeline.remark))
    return " ".join(sentences)


def _loop_sentences(timeline: TimelineData) -> Iterator[str]:
    running = timeline.running
    share = 100 * running / timeline.duration if timeline.duration else 100
    percent = f"{share:.0f}" if share >= 1 else "less than 1"
    yield f"Code ran for {format_seconds(running)}, {percent} % of the time."
    steps = [span for span in timeline.spans if span.state == "running"]
    if timeline.holds:
        longest = timeline.holds[0]
        yield (
            f"{clean(longest.lane)} held the event loop for {format_seconds(longest.duration)} "
            "in one step; nothing else could run."
        )
    elif steps:
        longest = max(steps, key=lambda span: (span.duration, -span.start))
        yield f"The longest step took {format_seconds(longest.duration)} ({clean(longest.lane)})."


def ending(spans: Sequence[Span]) -> str:
    """Return the state in which the lane of a task ended. A wait that was cut short is no end."""
    return spans[-1].state if spans else ""


def lane_words(timeline: TimelineData, spans: Sequence[Span]) -> str:
    """Say what is remarkable about one lane: how it ended, and whether it held the loop."""
    words = []
    if timeline.model == "asyncio":
        ends = spans[-1:]
    else:
        ends = [span for span in spans if span.state in ("cancelled", "failed")]
    for span in ends[-1:]:
        if span.state == "failed":
            words.append(f"failed: {clean(span.note or span.name).partition(':')[0]}")
        elif span.state == "cancelled":
            words.append("cancelled")
    mine = {id(span) for span in spans}
    held = [span for span in timeline.holds if id(span) in mine]
    if held:
        times = f"{len(held)} times, up to " if len(held) > 1 else ""
        words.append(f"held the loop {times}{format_seconds(held[0].duration)}")
    return "; ".join(words)


def axis(duration: float, most: int = 6, unit: str = "seconds") -> list[tuple[float, str]]:
    """Return ticks as (position, label) pairs: round numbers from 0, the unit on the last."""
    if duration <= 0:
        return [(0.0, "0 steps" if unit == "steps" else "0 s")]
    if unit == "steps":
        return _axis_of_steps(duration, most)
    power = 10.0 ** math.floor(math.log10(duration / most))
    steps = (factor * power for factor in (1, 2, 5, 10, 20))
    step, count = next((s, n) for s in steps if (n := int(duration / s * 1.000001)) <= most)
    unit, factor = ("s", 1) if duration >= 1 else ("ms", 1000) if duration >= 0.001 else ("µs", 1e6)
    ticks = []
    for number in range(count + 1):
        label = f"{number * step * factor:.6g}"
        ticks.append((number * step, f"{label} {unit}" if number == count else label))
    return ticks


def _axis_of_steps(duration: float, most: int) -> list[tuple[float, str]]:
    sizes = (size * 10**power for power in range(9) for size in (1, 2, 5))
    size = next(size for size in sizes if duration <= size * most)
    last = int(duration // size)
    ticks = [(number * size, f"{number * size}") for number in range(last)]
    return [*ticks, (last * size, plural(last * size, "step"))]
