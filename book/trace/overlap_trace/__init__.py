"""See the overlap: record tasks, threads and processes as spans and draw them."""

from .asyncio_tracer import trace
from .exercise import check_exercise, seal
from .explorer import explore, explore_async
from .notebook import load_ipython_extension as load_ipython_extension
from .notebook import unload_ipython_extension as unload_ipython_extension
from .recorder import Recorder
from .spans import Span
from .stepper import NotRepeatable, record_steps
from .svg import to_html, to_svg
from .text import to_text
from .timeline import Timeline
from .virtual_time import (
    Deadlock,
    TooManySteps,
    VirtualTimeError,
    hold,
    now,
    virtual,
    virtual_run,
)

seal(__name__, ("check_exercise", "exercise"))

__version__ = "1.0.0"
__all__ = [
    "Deadlock",
    "NotRepeatable",
    "Recorder",
    "Span",
    "Timeline",
    "TooManySteps",
    "VirtualTimeError",
    "check_exercise",
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
