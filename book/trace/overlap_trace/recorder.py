"""Record what threads and processes do, with one line per job."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from .spans import STATES, Span
from .timeline import Timeline

_CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)


#: A span on the clock of time.perf_counter: lane, name, start, end, state, note.
RawSpan = tuple[str, str, float, float, str, str]


class Recorder:
    """Spans recorded by hand, from any thread.

        rec = Recorder(model="threads")
        with rec.span("worker-1", "resize a.jpg"):
            resize("a.jpg")
        rec.timeline()

    A worker process makes its own Recorder, returns `rec.spans()`, and the parent calls
    `rec.merge(...)`. That works because time.perf_counter is one clock for the whole
    machine: documented as system-wide on every platform, Windows included. Spans from
    another machine are refused.
    """

    def __init__(self, title: str = "What each worker did", *, model: str = "threads") -> None:
        self._title = title
        self._model = model
        self._zero = time.perf_counter()
        self._lock = threading.Lock()
        self._spans: list[RawSpan] = []

    @contextmanager
    def span(self, lane: str, name: str, state: str = "running", note: str = "") -> Iterator[None]:
        """Record the time inside the with block as one span.

        An exception makes it failed (or cancelled) and goes on its way.
        """
        if state not in STATES:
            raise ValueError(f"state is {state!r}; use one of {', '.join(STATES)}")
        start = time.perf_counter()
        try:
            yield
        except BaseException as error:
            state = "cancelled" if isinstance(error, _CANCELLED) else "failed"
            note = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise
        finally:
            self._add((lane, name, start, time.perf_counter(), state, note))

    def _add(self, record: RawSpan) -> None:
        with self._lock:
            self._spans.append(record)

    def spans(self) -> list[RawSpan]:
        """Return what was recorded, in a form that can be pickled and merged elsewhere."""
        with self._lock:
            return list(self._spans)

    def merge(self, spans: Iterable[RawSpan]) -> None:
        """Add the spans that a worker process returned. Raises ValueError for those of another machine."""
        spans = list(spans)
        now = time.perf_counter()
        for lane, name, start, end, *_ in spans:
            if not self._zero <= start <= end <= now:
                raise ValueError(
                    f"span {name!r} of {lane!r} lies outside this recorder's time; "
                    "merge only spans recorded on this machine since the recorder was made"
                )
        with self._lock:
            self._spans.extend(spans)

    def timeline(self) -> Timeline:
        """Return everything recorded so far, as a Timeline that starts when the Recorder was made."""
        return Timeline(
            [
                Span(lane, name, round(start - self._zero, 6), round(end - self._zero, 6), state, note)
                for lane, name, start, end, state, note in self.spans()
            ],
            title=self._title,
            model=self._model,
        )
