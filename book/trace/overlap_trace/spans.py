"""The data behind every picture: spans on lanes, in seconds.

A lane is one task, thread or process. A span says what that lane did between
two moments. Everything else in this package makes spans or draws them.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Any, Self, TypeVar

STATES = ("running", "waiting", "cancelled", "failed")
MODELS = ("asyncio", "threads", "processes")
UNITS = ("seconds", "steps")
# What a lane may wait for; "" is not known. "event" is a condition or a barrier, too, and "other" what a
# library waits for, a request mostly.
KINDS = ("sleep", "lock", "semaphore", "event", "queue", "task", "turn", "other")

# A step that keeps the event loop longer than this is worth a warning:
# people notice a pause of 50 ms, and every other task waits for it.
HOLD_SECONDS = 0.050

# Ours, because a program may change the context of its thread. Every float has fewer digits.
_ROUNDING = Context(prec=400, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one lane's time, from `start` to `end` (seconds since the trace began).

    state is one of:
      running    the lane had the processor, or was busy with a job
      waiting    it waited; `note` says for what
      cancelled  the wait or job was cut short; as long as zero seconds when a
                 whole task ended cancelled
      failed     an exception ended it; also zero seconds long at a task's end

    `places` says where in the code that was, as (file, line) pairs from the outermost call
    to the innermost. The file is "" for the code that the timeline belongs to. `kind` is the kind
    of thing that it waits for, one of KINDS.
    """

    lane: str
    name: str
    start: float
    end: float
    state: str
    note: str = ""
    places: tuple[tuple[str, int], ...] = ()
    kind: str = ""

    def __post_init__(self) -> None:
        for field in ("lane", "name", "note"):
            value = getattr(self, field)
            if not isinstance(value, str):
                raise TypeError(f"Span.{field} must be a string, not {value!r}")
        for field in ("start", "end"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"Span.{field} must be a number of seconds, not {value!r}")
            if not math.isfinite(value):
                raise ValueError(f"Span.{field} must be finite, not {value!r}")
        if self.start < 0:
            raise ValueError(f"span {self.name!r} starts at {self.start} s, before the trace began")
        if self.end < self.start:
            raise ValueError(f"span {self.name!r} ends ({self.end} s) before it starts ({self.start} s)")
        if self.state not in STATES:
            raise ValueError(f"span {self.name!r} has state {self.state!r}; use one of {', '.join(STATES)}")
        if self.kind and self.kind not in KINDS:
            raise ValueError(f"span {self.name!r} has kind {self.kind!r}; use one of {', '.join(KINDS)}")
        object.__setattr__(self, "places", tuple((str(file), int(line)) for file, line in self.places))

    @property
    def duration(self) -> float:
        """Return the seconds from start to end."""
        return self.end - self.start


class TimelineData:
    """Spans with a title and an order of lanes: what drawings and words are made from.

    Timeline is the same with its displays; it says what the arguments mean.
    """

    def __init__(
        self,
        spans: Iterable[Span] = (),
        *,
        title: str = "Timeline",
        model: str = "asyncio",
        lanes: Iterable[str] = (),
        remark: str = "",
        summary: str = "",
        until: float | None = None,
        unit: str = "seconds",
        virtual: bool = False,
    ) -> None:
        if model not in MODELS:
            raise ValueError(f"model is {model!r}; use one of {', '.join(MODELS)}")
        if unit not in UNITS:
            raise ValueError(f"unit is {unit!r}; use one of {', '.join(UNITS)}")
        for text, what in ((title, "title"), (remark, "remark"), (summary, "summary")):
            if not isinstance(text, str):
                raise TypeError(f"{what} must be a string, not {text!r}")
        if isinstance(lanes, str):
            raise TypeError(f"lanes must be a list of names, not the string {lanes!r}")
        spans = tuple(spans)
        for span in spans:
            if not isinstance(span, Span):
                raise TypeError(f"a Timeline is made of Span objects, not {span!r}")
        order = dict.fromkeys(lanes)
        if not all(isinstance(lane, str) for lane in order):
            raise TypeError("lanes must be a list of names (strings)")
        # Sorted by start, not by end: a stable sort keeps the order of recording for ties.
        spans = sorted(spans, key=lambda span: span.start)
        order.update(dict.fromkeys(span.lane for span in spans))
        self.title = title
        self.model = model
        self.remark = remark
        self.summary = summary
        self.unit = unit
        self.virtual = bool(virtual)
        self.lanes = tuple(order)
        position = {lane: number for number, lane in enumerate(self.lanes)}
        self.spans = tuple(sorted(spans, key=lambda span: position[span.lane]))
        if until is not None and not self.duration <= until < math.inf:
            raise ValueError(f"until is {until!r}, but the last span ends at {self.duration}")
        self.until = until

    @cached_property
    def duration(self) -> float:
        """Return the seconds from zero to the end of the last span."""
        return max((span.end for span in self.spans), default=0.0)

    @property
    def extent(self) -> float:
        """Return where the axis ends: `until`, or the end of the last span."""
        return self.duration if self.until is None else self.until

    def lane(self, name: str) -> tuple[Span, ...]:
        """Return the spans of one lane, in order of time. Raises KeyError if there is no such lane."""
        if name not in self.lanes:
            raise KeyError(f"no lane {name!r}; there are: {', '.join(self.lanes) or 'none'}")
        return tuple(span for span in self.spans if span.lane == name)

    def by_lane(self) -> dict[str, list[Span]]:
        """Return a dict from lane to its spans, in the order of the lanes."""
        lanes: dict[str, list[Span]] = {lane: [] for lane in self.lanes}
        for span in self.spans:
            lanes[span.lane].append(span)
        return lanes

    @cached_property
    def running(self) -> float:
        """Return the seconds in which at least one lane was running."""
        return sum(end - start for start, end in self.running_intervals())

    def running_intervals(self) -> list[tuple[float, float]]:
        """Return the times in which at least one lane was running, as (start, end) pairs."""
        return union((s.start, s.end) for s in self.spans if s.state == "running")

    @cached_property
    def holds(self) -> tuple[Span, ...]:
        """Return the steps that kept the event loop for more than 50 ms, longest first.

        Only asyncio has one: threads and processes do not hold each other up this way. A
        step during which another task's wait ended did not hold the loop. (In a browser,
        time.sleep can let the loop go on.)
        """
        if self.model != "asyncio" or self.unit == "steps":
            return ()
        woken = sorted((s.end, s.lane) for s in self.spans if s.state != "running" and s.duration)
        held = []
        for span in self.spans:
            if span.state == "running" and span.duration > HOLD_SECONDS:
                first = bisect(woken, (span.start + 1e-6, ""))
                last = bisect(woken, (span.end - 1e-6, ""))
                if all(lane == span.lane for _, lane in woken[first:last]):
                    held.append(span)
        return tuple(sorted(held, key=lambda span: (-span.duration, span.start)))

    def to_dict(self) -> dict[str, Any]:
        """Return the timeline as plain lists and dicts, ready for json.dumps."""
        spans = [asdict(span) for span in self.spans]
        for span in spans:
            span["places"] = [list(place) for place in span["places"]]
            if not span["kind"]:
                del span["kind"]
        return {
            "title": self.title,
            "model": self.model,
            "remark": self.remark,
            "summary": self.summary,
            "until": self.until,
            "unit": self.unit,
            "virtual": self.virtual,
            "lanes": list(self.lanes),
            "spans": spans,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the timeline that to_dict() described. Raises ValueError if that is none."""
        if not isinstance(data, dict) or not isinstance(data.get("spans"), list):
            raise ValueError("not a timeline: expected a dict with a list of 'spans'")
        spans = []
        for number, item in enumerate(data["spans"]):
            try:
                spans.append(Span(**item))
            except (TypeError, ValueError) as error:
                raise ValueError(f"not a timeline: span {number}: {error}") from error
        options = ("title", "model", "lanes", "remark", "summary", "until", "unit", "virtual")
        rest = {key: data[key] for key in options if key in data}
        return cls(spans, **rest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimelineData):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def in_words(self, duration: float) -> str:
        """Return a duration on this timeline for people: 0.31 s, or 6 steps."""
        if self.unit == "seconds":
            return format_seconds(duration)
        return f"{duration:g} {'step' if duration == 1 else 'steps'}"

    def __repr__(self) -> str:
        return (
            f"<Timeline {self.title!r}: lanes {len(self.lanes)}, "
            f"spans {len(self.spans)}, {self.in_words(self.duration)}>"
        )


K = TypeVar("K")


def distinct(labels: Sequence[str]) -> list[str]:
    """Return the labels, with a number where several are the same: fetch #1, fetch #2, store."""
    count, seen = Counter(labels), Counter[str]()
    named = []
    for label in labels:
        seen[label] += 1
        named.append(f"{label} #{seen[label]}" if count[label] > 1 else label)
    return named


def as_tree(makers: Mapping[K, K | None]) -> list[tuple[K, int]]:
    """Return the keys from the top, each below the one that made it, and how deep: (key, 0), (its child, 1).

    `makers` says who made whom; whose maker is no key stands at the top. Order is kept otherwise.
    """
    made: dict[K | None, list[K]] = {}
    for key, maker in makers.items():
        made.setdefault(maker if maker in makers else None, []).append(key)
    order = []
    to_come = [(key, 0) for key in reversed(made.get(None, []))]
    while to_come:
        key, depth = to_come.pop()
        order.append((key, depth))
        to_come += [(child, depth + 1) for child in reversed(made.get(key, []))]
    return order


def union(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join overlapping (start, end) pairs and return separate ones, in order."""
    joined: list[list[float]] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined]


def format_seconds(seconds: float) -> str:
    """Return a duration for people: 3600 s, 1.25 s, 0.31 s, 12 ms, 0.04 ms.

    Whole seconds from 100 s, hundredths from 0.1 s, whole milliseconds from 10 ms, two digits below.
    Rounded are the decimal digits that Python prints of the number, a tie to the even digit, in every
    range: 0.125 s is 0.12 s, 0.135 s is 0.14 s, 0.0125 s is 12 ms. The page's player shows these texts.
    """
    if seconds <= 0:
        return "0 s"
    if math.isinf(seconds):
        return "inf s"
    value, unit = Decimal(repr(float(seconds))), "s"
    if value >= Decimal("99.995"):
        places = 0
    elif value >= Decimal("0.0995"):
        places = 2
    else:
        value, unit = value.scaleb(3, _ROUNDING), "ms"
        places = 0 if value >= Decimal("9.95") else 1 - value.adjusted()
    text = f"{value.quantize(Decimal(1).scaleb(-places), context=_ROUNDING):f}"
    if unit == "ms" and places:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}"
