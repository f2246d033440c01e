"""A timeline that several tests draw."""

from overlap_trace import Span, Timeline


def sample(model="asyncio"):
    return Timeline(
        [
            Span("main", "main", 0.0, 0.01, "running"),
            Span("main", "gather", 0.01, 0.4, "waiting", "waiting for gather, line 3"),
            Span("fetch", "fetch", 0.1, 0.2, "running"),
            Span("fetch", "sleep", 0.2, 0.3, "cancelled", "waiting for sleep, line 9; cancelled"),
            Span("fetch", "cancelled", 0.3, 0.3, "cancelled", "ended cancelled"),
            Span("bad", "bad", 0.01, 0.03, "running"),
            Span("bad", "ValueError", 0.03, 0.03, "failed", "ValueError: no"),
        ],
        title="Sample",
        model=model,
    )
