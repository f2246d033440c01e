"""The ``timeline`` directive: draws who did what and when in the recorded run of a script.

    ```{timeline} threads/who_waits_when.py The same eight waits, in a loop and in a pool
    ```

The script prints a line for each job, and nothing else is needed:

    pool, worker_0, photo-1.jpg: 0.00 s to 0.10 s, waiting

That is the lane, the job, when it began and ended, and the state, if it was not running.
A lane may say first to which of several ways it belongs ("pool, worker_0"): the caption
then says how long each way took.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from overlap_trace import Span, Timeline, to_html, to_text
from overlap_trace.spans import MODELS, format_seconds
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.examples import scripts
from book.examples.recording import Recording, RecordingError

from .locations import line_in_page
from .notebook_form import Directive, notebook_form

logger = logging.getLogger(__name__)

JOB = re.compile(
    r"^\s*(?P<lane>.+), (?P<name>[^,:]+): (?P<start>\d+\.\d+) s to (?P<end>\d+\.\d+) s"
    r"(?:, (?P<state>waiting|cancelled|failed))?$",
    re.MULTILINE,
)


def recorded_timeline(script: Path, title: str) -> Timeline:
    """Return what the recorded run of a script printed about its jobs, as a Timeline.

    Raises RecordingError when there is no recording, and ValueError when it has no such lines.
    """
    recording = Recording.read(script.with_suffix(".out"))
    spans = [
        Span(job["lane"], job["name"], float(job["start"]), float(job["end"]), job["state"] or "running")
        for job in JOB.finditer(recording.text)
    ]
    if not spans:
        raise ValueError(
            f"the recorded output of {script.name} has no line like "
            "'worker 1, a.jpg: 0.00 s to 0.10 s, waiting'."
        )
    model = script.parent.name if script.parent.name in MODELS else "threads"
    return Timeline(
        spans, title=title, model=model, summary=ways(spans), remark=f"Recorded with {recording.provenance}."
    )


def ways(spans: list[Span]) -> str:
    """Say how long each of several ways took; empty if there is only one."""
    ends: dict[str, float] = {}
    for span in spans:
        way, comma, _ = span.lane.partition(", ")
        if comma:
            ends[way] = max(ends.get(way, 0.0), span.end)
    if len(ends) < 2:
        return ""
    took = ", ".join(f"{way} {format_seconds(end)}" for way, end in ends.items())
    return f"{took[0].upper()}{took[1:]}."


class TimelineDirective(SphinxDirective):
    """``{timeline} threads/who_waits_when.py Title of the drawing``."""

    required_arguments = 2
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Draw, or report what is missing with the fix."""
        name, title = self.arguments
        script = scripts.SCRIPTS / name
        self.env.note_dependency(str(script.with_suffix(".out")))
        try:
            timeline = recorded_timeline(script, title)
        except (RecordingError, ValueError) as error:
            line = line_in_page(self.env.doc2path(self.env.docname), self.lineno, [f"```{{timeline}} {name}"])
            logger.warning("%s", error, location=(self.env.docname, line), type="overlap")
            return []
        return [nodes.raw("", to_html(timeline), format="html")]


@notebook_form("timeline")
def timeline_in_notebook(directive: Directive) -> str:
    """Return the text form of the drawing."""
    name, _, title = directive.argument.partition(" ")
    try:
        timeline = recorded_timeline(scripts.SCRIPTS / name, title)
    except (OSError, RecordingError, ValueError):
        return ""  # the page reports it, with file and line
    return f"```text\n{to_text(timeline)}\n```"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("timeline", TimelineDirective)
