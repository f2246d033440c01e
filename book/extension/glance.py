"""*At a glance*: what a page is, computed from the page and put under its title."""

from __future__ import annotations

import html
import math
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from .builder import SHELL
from .cells import RecordedOutput, RunnableCell
from .scripts import ScriptExample

logger = logging.getLogger(__name__)

LEVELS = ("beginner", "intermediate", "advanced")
# Prose: Brysbaert 2019, "How many words do we read per minute?", 238 for English
# non-fiction, silently. Code: an assumption, about 40 lines a minute for short
# examples that the prose explains. Recorded output and folded cells are not counted.
WORDS_PER_MINUTE = 238
CODE_LINES_PER_MINUTE = 40


class Glance(nodes.container):
    """The line of facts under a page's title."""


def add_glance(app: Sphinx, doctree: nodes.document) -> None:
    """Insert the facts after the title (``doctree-read``, after cells are marked)."""
    docname = app.env.docname
    metadata = app.env.metadata[docname]
    title = next(doctree.findall(nodes.title), None)
    if title is None or (docname.startswith(SHELL) and "level" not in metadata):
        return
    level = metadata.get("level")
    if level not in LEVELS or "python" not in metadata:
        logger.warning(
            "the page's front matter needs `level:` (%s) and `python:` (the oldest version, "
            'such as "3.11").',
            ", ".join(LEVELS),
            location=(docname, 1),
            type="overlap",
        )
        return
    cells = sum(1 for _ in doctree.findall(RunnableCell))
    scripts = {node["script"] for node in doctree.findall(ScriptExample)}
    glance = Glance(
        minutes=reading_minutes(doctree),
        level=level,
        python=metadata["python"],
        here=cells,
        local=len(scripts),
        changed=last_change(Path(app.env.doc2path(docname))),
    )
    title.parent.insert(title.parent.index(title) + 1, glance)


def reading_minutes(doctree: nodes.document) -> int:
    """Return the whole minutes to read the prose and work through the code, at least 1."""
    words, code_lines = 0, 0
    for text in doctree.findall(nodes.Text):
        if isinstance(text.parent, (nodes.raw, nodes.comment)) or _is_skimmed(text):
            continue
        if isinstance(text.parent, nodes.literal_block):
            code_lines += text.astext().count("\n") + 1
        else:
            words += len(text.astext().split())
    return max(1, math.ceil(words / WORDS_PER_MINUTE + code_lines / CODE_LINES_PER_MINUTE))


def _is_skimmed(node: nodes.Node | None) -> bool:
    while node is not None:
        if isinstance(node, RecordedOutput):
            return True
        if isinstance(node, nodes.Element) and (
            node.get("hide_mode") or node.get("design_component") == "dropdown"
        ):
            return True
        node = node.parent
    return False


def last_change(page: Path) -> str:
    """Return the day of the last commit that changed the page, or of its file where git is not there."""
    try:
        day = subprocess.run(
            ["git", "log", "-1", "--format=%cs", "--", page.name],
            cwd=page.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        day = ""
    modified = datetime.fromtimestamp(page.stat().st_mtime, tz=UTC)
    return day or modified.date().isoformat()


def visit_glance(self: HTML5Translator, node: Glance) -> None:
    """Write a list of name and value pairs."""
    facts = [
        ("Reading time", f"{node['minutes']} min"),
        ("Level", node["level"]),
        ("Python", f"{node['python']} or newer"),
        ("Runs in this page", _count(node["here"], "cell")),
        ("Runs locally", _count(node["local"], "script")),
        ("Last change", node["changed"]),
    ]
    items = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd></div>" for name, value in facts
    )
    self.body.append(f'<dl class="at-a-glance" aria-label="At a glance">{items}</dl>\n')


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def depart_glance(self: HTML5Translator, node: Glance) -> None:
    """Write nothing: everything is written on entry."""


def setup(app: Sphinx) -> None:
    """Register the node and its computation."""
    app.add_node(Glance, html=(visit_glance, depart_glance))
    app.connect("doctree-read", add_glance)
