"""A timeline that shows itself: as a picture in a notebook, as text in a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from .spans import TimelineData
from .svg import display_html, to_html, to_svg
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

    def save(self, path: str | Path) -> None:
        """Write the timeline into a file; its ending says how: .html, .svg, .json or .txt.

        Raises ValueError for another ending.
        """
        forms: dict[str, Callable[[], str]] = {
            ".html": self._page,
            ".svg": lambda: to_svg(self),
            ".txt": lambda: to_text(self),
            ".json": lambda: json.dumps(self.to_dict(), indent=1),
        }
        form = forms.get(Path(path).suffix.lower())
        if form is None:
            raise ValueError(f"{str(path)!r} must end with one of {', '.join(forms)}")
        Path(path).write_text(form() + "\n", encoding="utf-8", errors="backslashreplace")

    def _page(self) -> str:
        """Return the picture as a page that needs nothing else."""
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        style = (
            "<style>:root{color-scheme:light dark}body{font:15px system-ui,sans-serif;margin:1rem}</style>"
        )
        title = f"<title>{escape(self.title)}</title>"
        return f'<!doctype html>\n<html lang="en">{head}{title}{style}\n{to_html(self)}\n</html>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what Jupyter shows: the picture, and text where pictures cannot be shown."""
        return {"text/html": display_html(self), "text/plain": to_text(self)}

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]
