"""See the overlap: record tasks, threads and processes as spans and draw them."""

from .asyncio_tracer import trace
from .explorer import NotRepeatable, explore, explore_async
from .recorder import Recorder
from .spans import Span, Timeline
from .stepper import record_steps
from .svg import to_html, to_svg
from .text import to_text
from .virtual_time import (
    Deadlock,
    TooManySteps,
    VirtualTimeError,
    hold,
    now,
    virtual,
    virtual_run,
)


def load_ipython_extension(shell):
    """%load_ext overlap_trace: a timeline after every async cell of a notebook."""
    from . import notebook

    notebook.load_ipython_extension(shell)


def unload_ipython_extension(shell):
    """%unload_ext overlap_trace: no more of them."""
    from . import notebook

    notebook.unload_ipython_extension(shell)


__version__ = "1.0.0"
__all__ = [
    "Deadlock",
    "NotRepeatable",
    "Recorder",
    "Span",
    "Timeline",
    "TooManySteps",
    "VirtualTimeError",
    "explore",
    "explore_async",
    "hold",
    "now",
    "record_steps",
    "to_html",
    "to_svg",
    "to_text",
    "trace",
    "virtual",
    "virtual_run",
]
