"""A timeline that shows itself: as a picture in a notebook, as text in a terminal."""

from __future__ import annotations

from typing import Any

from .spans import TimelineData
from .svg import display_html
from .text import to_text


class Timeline(TimelineData):
    """Spans with a title and an order of lanes.

    `lanes` fixes the order from top to bottom; lanes it does not name follow in
    order of their first span. A lane may be named and have no span. With `unit="steps"`
    the numbers of its spans count steps of an event loop, not seconds.

    `until` is where the axis ends, so that several timelines can have one scale; the default
    is the end of the last span. `summary` takes the place of the sentences that are computed;
    `remark` follows them. `virtual` says that the seconds passed on a virtual clock.
    """

    def __str__(self) -> str:
        return to_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what Jupyter shows: the picture, and text where pictures cannot be shown."""
        return {"text/html": display_html(self), "text/plain": to_text(self)}

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]
