"""A timeline as text, for terminals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .spans import Span, TimelineData
from .words import axis, clean, lane_words, shorten, summary, text_width

_UNICODE = {"running": "█", "waiting": "░", "cancelled": "╳", "failed": "!"}
_ASCII = {"running": "#", "waiting": ".", "cancelled": "x", "failed": "!"}
# When several spans share one column, the rarer state is the one to show.
_RANK = {"": 0, "waiting": 1, "running": 2, "cancelled": 3, "failed": 4}


def to_text(timeline: TimelineData, width: int = 72, *, ascii_only: bool = False) -> str:
    """Return the timeline as lines of at most `width` columns.

    `ascii_only=True` is for terminals that cannot print block characters.
    """
    if width < 40:
        raise ValueError(f"a timeline needs at least 40 columns, not {width}")
    marks = _ASCII if ascii_only else _UNICODE
    lanes = timeline.by_lane()
    labels = {lane: shorten(clean(lane), 20, "..." if ascii_only else "…") for lane in lanes}
    margin = max([text_width(label) for label in labels.values()], default=0) + 2
    columns = width - margin
    scale = axis(timeline.extent, most=max(2, columns // 10), unit=timeline.unit)

    lines = _wrap(clean(timeline.title), width) + _wrap(summary(timeline), width)
    lines.append(" " * margin + _ruler(scale, timeline.extent, columns))
    said: list[str] = []
    used: set[str] = set()
    for lane, spans in lanes.items():
        states = [""] * columns
        for span in spans:
            first, last = _cells(span, timeline.extent, columns)
            for column in range(first, last + 1):
                if _RANK[span.state] > _RANK[states[column]]:
                    states[column] = span.state
        used.update(states)
        label = labels[lane]
        bar = "".join(marks[state] if state else " " for state in states).rstrip()
        lines.append(label + " " * (margin - text_width(label)) + bar)
        words = lane_words(timeline, spans)
        if words:
            said.extend(_wrap(f"{clean(lane)}: {words}", width))
    key = "  ".join(f"{marks[state]} {state}" for state in marks if state in used)
    text = "\n".join([*lines, key, *said]).rstrip()
    return text.encode("ascii", "replace").decode() if ascii_only else text


def _cells(span: Span, duration: float, columns: int) -> tuple[int, int]:
    """Return the first and last column a span covers; every span covers at least one."""
    if not duration:
        return 0, 0
    first = min(int(span.start / duration * columns), columns - 1)
    last = min(int(span.end / duration * columns), columns - 1)
    if last > first and last == span.end / duration * columns:
        last -= 1  # ends exactly where the next column begins
    return first, last


def _ruler(scale: Sequence[tuple[float, str]], duration: float, columns: int) -> str:
    row = [" "] * columns
    for position, label in scale:
        at = int(position / duration * columns) if duration else 0
        at = min(at, columns - len(label))
        if at >= 0 and all(cell == " " for cell in row[max(0, at - 1) : at + len(label)]):
            row[at : at + len(label)] = label
    return "".join(row).rstrip()


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]
