"""The ``verified-runs`` directive: every script and cell with its last verified run.

    {verified-runs} scripts    a table of all scripts, from their recordings
    {verified-runs} cells      a table of all pages with cells, from this build and
                               from the recordings of browser-only cells

Nothing in the tables is typed. They are made when all pages have been read.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from overlap_contract import TAGS
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.examples import scripts
from book.examples.recording import Recording, RecordingError, recordings

from .cells import RunnableCell, browser_recording_path, build_python
from .notebook_form import Directive, notebook_form
from .scripts import SHOWN

WORKFLOWS = scripts.ROOT / ".github" / "workflows"
KINDS = ("scripts", "cells")

Cell = list[nodes.Node]


class VerifiedRuns(nodes.General, nodes.Element):
    """The place of a table that is made when all pages have been read."""


class VerifiedRunsDirective(SphinxDirective):
    """``{verified-runs} scripts`` or ``{verified-runs} cells``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder; the page is made anew with every build."""
        self.env.note_reread()
        return [VerifiedRuns(kind=directives.choice(self.arguments[0], KINDS))]


def tested_pythons() -> list[str]:
    """Return the versions of Python on which the workflows run the tests, oldest first."""
    found: set[str] = set()
    for path in WORKFLOWS.glob("*.yml"):
        workflow = yaml.safe_load(path.read_text(encoding="utf8"))
        for job in workflow["jobs"].values():
            for step in job.get("steps", []):
                versions = str(step.get("with", {}).get("python-version", "")).split()
                found |= {version for version in versions if version[0].isdigit()}
    # A build that differs by chance reads every page again: 3.14 and 3.14t have one order.
    return sorted(found, key=lambda name: ([int(part) for part in name.rstrip("t").split(".")], name))


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the tables in their places (``doctree-resolved``)."""
    for place in list(doctree.findall(VerifiedRuns)):
        if place["kind"] == "scripts":
            head = ["script", "shown in", "CPython", "last verified run", "compared"]
            rows = _script_rows(app, docname)
        else:
            head = ["page", "cells", "run with", "last verified run"]
            rows = _cell_rows(app, docname)
        place.replace_self(_table(head, rows))


def _script_rows(app: Sphinx, docname: str) -> Iterator[list[Cell]]:
    shown_in: dict[str, list[str]] = {}
    for page, shown in SHOWN.of(app.env).items():
        for name in shown:
            shown_in.setdefault(name, []).append(page)
    for script in scripts.all_scripts():
        name = script.relative_to(scripts.SCRIPTS).as_posix()
        try:
            kept = [Recording.read(path) for path in recordings(script)]
        except RecordingError:
            continue  # reported where the script is shown
        if not kept:
            continue  # the same
        pages = [_link(app, docname, page, _title(app, page)) for page in sorted(shown_in.get(name, []))]
        yield [
            [nodes.literal("", name)],
            _joined(pages),
            [nodes.Text(", ".join(_python_of(one).removeprefix("CPython ") for one in kept))],
            [_day(max(one.date for one in kept))],
            [nodes.Text(", ".join(sorted({one.match for one in kept})))],
        ]


def _cell_rows(app: Sphinx, docname: str) -> Iterator[list[Cell]]:
    for page in sorted(app.env.found_docs):
        cells = list(app.env.get_doctree(page).findall(RunnableCell))
        in_browser = [cell for cell in cells if TAGS.browser_only in cell["plan"].tags]
        at_build = [cell for cell in cells if cell not in in_browser]
        groups = [(_executed(app, page), at_build)] if at_build else []
        for cell in in_browser:
            path = browser_recording_path(cell["plan"].source)
            if path.exists():
                recording = Recording.read(path)
                groups.append(((_python_of(recording), recording.date), [cell]))
        for (python, date), group in groups:
            numbers = [str(cell["plan"].number) for cell in group]
            links = [_link(app, docname, page, number, f"#cell-{number}") for number in numbers]
            yield [
                [_link(app, docname, page, _title(app, page))],
                _joined(links),
                [nodes.Text(python)],
                [_day(date)],
            ]


def _executed(app: Sphinx, page: str) -> tuple[str, str]:
    """Return the Python that executed the cells of a page for this build, and the day."""
    moment = app.env.__dict__["nb_metadata"][page]["exec_data"]["mtime"]  # kept by MyST-NB
    return build_python(), datetime.datetime.fromtimestamp(moment).date().isoformat()


def _python_of(recording: Recording) -> str:
    return recording.provenance.partition(" on ")[0]


def _title(app: Sphinx, page: str) -> str:
    """Return what a page is about, without what follows a colon."""
    return app.env.titles[page].astext().partition(":")[0]


def _link(app: Sphinx, docname: str, page: str, text: str, anchor: str = "") -> nodes.Node:
    address = app.builder.get_relative_uri(docname, page) + anchor
    return nodes.reference("", text, internal=True, refuri=address)


def _day(date: str) -> nodes.Node:
    """Make a date that is not broken at its hyphens."""
    return nodes.inline("", date, classes=["day"])


def _joined(links: list[nodes.Node]) -> Cell:
    """Put commas between links."""
    parts = [part for link in links for part in (nodes.Text(", "), link)]
    return parts[1:]


def _table(head: list[str], rows: Iterable[list[Cell]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head))

    def row(cells: Iterable[Cell]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))

    group += nodes.thead("", row([nodes.Text(text)] for text in head))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=["verified-runs"])


@notebook_form("verified-runs")
def runs_in_notebook(directive: Directive) -> str:
    """Return nothing: the tables are of the published site."""
    return ""


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(VerifiedRuns)
    app.add_directive("verified-runs", VerifiedRunsDirective)
    app.connect("doctree-resolved", fill)
