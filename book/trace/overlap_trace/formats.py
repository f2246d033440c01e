"""A run as a page, as data, for Perfetto, and as text."""

from __future__ import annotations

import json
import tokenize
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from .reading import Run
from .reading import read as read
from .spans import KINDS, STATES
from .svg import _ACCENTS, _HATCHES
from .text import to_text

# Of a longer file only the lines near those that spans name are in the page.
MAX_LINES = 3000


def to_page(run: Run) -> str:
    """Return one HTML page that needs nothing else."""
    words: dict[str, int] = {}
    places: dict[tuple[tuple[str, int], ...], int] = {}

    def number(text: str) -> int:
        return words.setdefault(text, len(words))

    lanes = []
    for lane in run.lanes:
        spans = sorted(lane.spans, key=lambda span: (span.start, -span.end))
        rows = [
            [
                span.start,
                round(span.duration, 6),
                STATES.index(span.state),
                KINDS.index(span.kind) + 1 if span.kind else 0,
                number(span.note or span.name),
                places.setdefault(span.places, len(places)),
                int(span in lane.held),
            ]
            for span in spans
        ]
        lanes.append([lane.name, lane.model, lane.depth, rows])
    used = {name for trail in places for name, _ in trail}
    data = {
        "title": run.title,
        "summary": " ".join([run.summary(), *run.remarks]),
        "lanes": lanes,
        "words": list(words),
        "places": [list(map(list, trail)) for trail in places],
        "files": {name: _source(path) for name, path in run.sources.items() if name in used},
        "main": Path(run.sources.get("", "program")).name,
        "states": STATES,
        "kinds": ["unseen", *KINDS],
        "hatches": [_HATCHES[kind] for kind in ("", *KINDS)],
        "accents": _ACCENTS,
    }
    # In a script element nothing but its end tag, and what opens a comment, is special.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    page = Path(__file__).with_name("viewer.html").read_text(encoding="utf-8")
    return page.replace("{{title}}", escape(run.title)).replace('"{{data}}"', text)


def _source(path: str) -> list[str]:
    try:
        with tokenize.open(path) as file:
            return [line.rstrip("\n") for _, line in zip(range(MAX_LINES), file, strict=False)]
    except (OSError, SyntaxError, UnicodeDecodeError):
        return []


def to_data(run: Run) -> dict[str, Any]:
    """Return a run as plain data: a timeline's `to_dict`, and what each lane is."""
    about = [{"name": lane.name, "model": lane.model, "depth": lane.depth} for lane in run.lanes]
    held = [
        [span.lane, span.start, span.end] for lane in run.lanes for span in lane.spans if span in lane.held
    ]
    return {**run.timeline().to_dict(), "lanes_about": about, "held": held}


def _to_perfetto(run: Run) -> str:
    """Return the Chrome trace format, which ui.perfetto.dev opens."""
    events: list[dict[str, Any]] = [
        {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": run.title}},
    ]
    for number, lane in enumerate(run.lanes, 1):
        one = {"pid": 1, "tid": number}
        events.append({"ph": "M", **one, "name": "thread_name", "args": {"name": lane.name}})
        events.append({"ph": "M", **one, "name": "thread_sort_index", "args": {"sort_index": number}})
        for span in lane.spans:
            where = [f"{name or 'program'}:{line}" for name, line in span.places]
            event = {
                **one,
                "name": span.name,
                "cat": ",".join(filter(None, [span.state, span.kind])),
                "ts": round(span.start * 1e6, 3),
                "args": {"note": span.note, "places": where},
            }
            if span.duration:
                events.append({"ph": "X", "dur": round(span.duration * 1e6, 3), **event})
            else:
                events.append({"ph": "i", "s": "t", **event})
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


FORMATS: dict[str, Callable[[Run], str]] = {
    "html": to_page,
    "json": lambda run: json.dumps(to_data(run), indent=1),
    "perfetto": _to_perfetto,
    "text": lambda run: to_text(run.timeline(), width=100),
}
