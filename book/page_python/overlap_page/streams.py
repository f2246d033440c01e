"""The streams of the page's Python: what a run prints is counted here, and cut at a limit."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

from .page import Page, StreamName

MAX_LINES: Final = 10_000
MAX_CHARS: Final = 1_000_000


class Output:
    """What the run with this number has printed so far: what is shown of it, and how much is not."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.full = False
        #: Lines that are not shown.
        self.left_out = 0
        self._lines = 0
        self._chars = 0
        self._at_line_start = True

    def admit(self, text: str) -> str:
        """Return the part of `text` that is still shown, and count what is not."""
        if self.full:
            self._leave_out(text)
            return ""
        shown = text[: MAX_CHARS - self._chars]
        pieces = shown.split("\n", MAX_LINES - self._lines)
        if len(pieces) > MAX_LINES - self._lines:
            shown = shown[: len(shown) - len(pieces[-1])]
        self._chars += len(shown)
        self._lines += shown.count("\n")
        if shown:
            self._at_line_start = shown.endswith("\n")
        if len(shown) < len(text):
            self.full = True
            self._leave_out(text[len(shown) :])
        return shown

    def _leave_out(self, text: str) -> None:
        """Count the lines in `text`; the rest of a line that is shown in part is not one."""
        lines = text.count("\n")
        if lines and not self._at_line_start:
            lines -= 1
            self._at_line_start = True
        self.left_out += lines

    def clear(self) -> None:
        """Count from the start again: the cell has cleared its output."""
        self._lines = self._chars = self.left_out = 0
        self.full = False
        self._at_line_start = True


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`, which sends text to the page, up to the limit of its run.

    `output_now` returns the output that the current code belongs to.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name: StreamName, page: Page, output_now: Callable[[], Output | None]) -> None:
        self.name = name
        self._page = page
        self._output_now = output_now

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str, /) -> int:
        """Send `text`, or what is still shown of it; return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        output = self._output_now()
        if output is not None and text:
            was_full = output.full
            shown = output.admit(text)
            if shown:
                self._page.stream(output.run, self.name, shown)
            if output.full and not was_full:
                self._page.full(output.run)
        return len(text)


class NoInput(io.TextIOBase):
    """`sys.stdin`, into which nobody can type. Pyodide's would ask for a dialog that workers do not have."""

    encoding = "utf-8"

    def readable(self) -> bool:
        """Return True: reading says more than that it is not possible."""
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Raise RuntimeError."""
        raise RuntimeError("sys.stdin has no input in a page. Put the text into the code.")

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Raise RuntimeError."""
        return self.read()
