"""Words and numbers about a timeline that the picture and the text form share."""

from __future__ import annotations

import math
import re
import unicodedata

from .spans import format_seconds

# Characters that XML forbids, that encode to nothing, or that turn text around.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

_NOUNS = {"asyncio": "task", "threads": "thread", "processes": "process"}


def clean(text):
    """One line of printable text."""
    return _UNPRINTABLE.sub("\ufffd", " ".join(text.split()))


def text_width(text):
    """Columns a terminal needs for the text."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def shorten(text, width, ellipsis="…"):
    """The text, cut to `width` columns."""
    if text_width(text) <= width:
        return text
    while text_width(text) > width - len(ellipsis):
        text = text[:-1]
    return text.rstrip() + ellipsis


def plural(number, noun):
    """'1 task', '3 tasks', '1,200 processes'."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def summary(timeline):
    """What there is to see, in two to four short sentences."""
    noun = _NOUNS[timeline.model]
    if not timeline.spans:
        return f"Nothing was recorded. {timeline.remark}".rstrip()
    total = timeline.duration
    sentences = [f"{plural(len(timeline.lanes), noun)}, {format_seconds(total)}."]
    if timeline.model == "asyncio":
        running = timeline.running
        share = f", {100 * running / total:.0f} % of the time" if total else ""
        sentences.append(f"Code ran for {format_seconds(running)}{share}.")
        steps = [span for span in timeline.spans if span.state == "running"]
        if steps:
            longest = max(steps, key=lambda span: (span.duration, -span.start))
            verb = "held the event loop longest" if len(timeline.lanes) > 1 else "held the event loop"
            sentences.append(
                f"{clean(longest.lane)} {verb}: {format_seconds(longest.duration)} in one step."
            )
    else:
        busy = sum(span.duration for span in timeline.spans if span.state != "waiting")
        if total:
            sentences.append(
                f"Jobs add up to {format_seconds(busy)}: on average {busy / total:.1f} at a time."
            )
    for state in ("cancelled", "failed"):
        lanes = {span.lane for span in timeline.spans if span.state == state}
        if lanes:
            sentences.append(f"{plural(len(lanes), noun)} {'had a wait ' if state == 'cancelled' else ''}{state}.")
    if timeline.remark:
        sentences.append(clean(timeline.remark))
    return " ".join(sentences)


def end_words(timeline, spans):
    """What is remarkable about one lane: how it ended, and whether it held the loop."""
    words = []
    held = [span for span in timeline.holds() if span in spans]
    if held:
        times = f"{len(held)} times, longest " if len(held) > 1 else ""
        words.append(f"held the loop {times}{format_seconds(held[0].duration)}")
    failed = [span for span in spans if span.state == "failed"]
    if failed:
        words.append(f"failed: {clean(failed[-1].note or failed[-1].name)}")
    elif any(span.state == "cancelled" and span.end == span.start for span in spans):
        words.append("cancelled")
    return "; ".join(words)


def axis(duration, most=6):
    """Ticks as (seconds, label) pairs: round numbers from 0, the unit on the last."""
    if duration <= 0:
        return [(0.0, "0 s")]
    rough = duration / most
    step = 10.0 ** math.floor(math.log10(rough))
    step *= next(factor for factor in (1, 2, 5, 10) if factor * step >= rough * 0.999999)
    count = int(duration / step * 1.000001)
    unit, factor = ("s", 1) if duration >= 1 else ("ms", 1000) if duration >= 0.001 else ("µs", 1e6)
    ticks = []
    for number in range(count + 1):
        label = f"{number * step * factor:.6g}"
        ticks.append((number * step, f"{label} {unit}" if number == count else label))
    return ticks
