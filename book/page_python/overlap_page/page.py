"""What the page's worker offers to its Python. Types only; `worker/python.ts` has the same in TypeScript."""

from __future__ import annotations

from typing import Literal, Protocol, TypedDict

StreamName = Literal["stdout", "stderr"]


class Interrupt(Protocol):
    """The reader's wish that Python stops what it is doing."""

    def due(self) -> bool:
        """Return whether the reader has pressed Stop and has not been heard."""
        ...

    def heard(self) -> None:
        """Note that KeyboardInterrupt is raised now."""
        ...


class Page(Protocol):
    """A JavaScript object of the worker."""

    interrupt: Interrupt

    def stream(self, run: int, name: StreamName, text: str) -> None:
        """Show text that a run has printed."""
        ...

    def full(self, run: int) -> None:
        """Say that a run has printed all that is shown of it."""
        ...

    def timeline(self, drawing: str) -> None:
        """Show the drawing of a run, a `Timeline` of protocol.ts as JSON."""
        ...


class Header(TypedDict):
    """What the page asks for with one run."""

    run: int
    cell: int
    timeline: Literal["no", "end", "live"]
    virtual: bool
