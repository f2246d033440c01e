"""See the overlap: record tasks, threads and processes as spans and draw them."""

from .asyncio_tracer import trace
from .recorder import Recorder
from .spans import Span, Timeline
from .svg import to_html, to_svg
from .text import to_text

__version__ = "1.0.0"
__all__ = ["Recorder", "Span", "Timeline", "to_html", "to_svg", "to_text", "trace"]
