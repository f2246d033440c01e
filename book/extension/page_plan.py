"""A page's plan: its cells with their numbers, tags and needs, read once.

The execution (``cell_runs``), the page (``cells``) and the notebook (``notebook_form``) all
go by the plan, which is kept with the page until the page is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from myst_nb.core.read import read_myst_markdown_notebook
from overlap_contract import MATCHES, TAGS
from overlap_page import cell_analysis
from sphinx.application import Sphinx
from sphinx.util import logging

from book.examples.scripts import SHARED, include_parts, included_scripts

from .page_data import PageData
from .program_views import ProgramView, ViewError, expand

logger = logging.getLogger(__name__)

#: The plans of all pages that have been read.
PLANS: PageData[PagePlan] = PageData("plans")

KNOWN_TAGS = frozenset(asdict(TAGS).values())
#: Tags of cells that have no controls: they are drawn once, at build.
DRAWN_AT_BUILD = {TAGS.skip_in_page, TAGS.remove_input}
NEEDS_NOTHING = cell_analysis.Dependencies([], {})


@dataclass(frozen=True)
class PlannedCell:
    """One cell of a page."""

    kind: str  # "code", "markdown" or "raw"
    source: str  # what readers see and run
    executed: str = ""  # what the kernel is given at build: of a view, the source in one line
    metadata: dict[str, Any] = field(default_factory=dict)
    line: int = 0  # the page's line, from 1, on which the source begins
    number: int | None = None  # from 1, of cells that run in the page
    needs: cell_analysis.Dependencies = NEEDS_NOTHING  # the earlier cells that it needs
    view: ProgramView | None = None  # the directive that this cell stands for
    program: int | None = None  # the number of the cell that holds the view's program

    @property
    def tags(self) -> list[str]:
        """Return what the page says of the cell."""
        return list(self.metadata.get("tags", []))

    @property
    def match(self) -> str:
        """Return how a live run is compared with the recording: a key of the contract's matches."""
        if TAGS.raises_exception in self.tags:
            return MATCHES.error
        return MATCHES.sample if TAGS.match_sample in self.tags else MATCHES.exact


@dataclass(frozen=True)
class PagePlan:
    """The cells of a page, prose included, in their order."""

    cells: list[PlannedCell]

    @property
    def code(self) -> list[PlannedCell]:
        """Return the code cells, those that are drawn at build included."""
        return [cell for cell in self.cells if cell.kind == "code"]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a page, and the line (from 1) to report."""

    line: int
    message: str


def read_plan(text: str) -> tuple[str, PagePlan, list[Problem]]:
    """Read a page.

    Returns the text in which directives that stand for cells are cells, the plan, and what
    is wrong with the page.
    """
    text, origins = include_parts(text)
    expanded = expand(text)
    plan = _planned(expanded.text, expanded.views)
    errors = list(expanded.errors)
    lost = [cell.view for cell in plan.code if cell.view and cell.program is None]
    if lost:
        errors += [
            ViewError(f"{view.kind}: no code cell above it defines `{view.main}`.", view.start)
            for view in lost
        ]
        expanded = expand(text, leave_out=lost)
        plan = _planned(expanded.text, expanded.views)
    problems = [Problem(error.line + 1, str(error)) for error in errors]
    for cell in plan.code:
        for tag in cell.tags:
            if tag not in KNOWN_TAGS:
                known = ", ".join(sorted(KNOWN_TAGS))
                problems.append(Problem(cell.line, f"a cell has no tag `{tag}`; known are {known}."))
    problems = [replace(one, line=origins[min(one.line, len(origins)) - 1]) for one in problems]
    return expanded.text, plan, problems


def _planned(text: str, views: dict[int, ProgramView]) -> PagePlan:
    notebook = read_myst_markdown_notebook(text, add_source_map=True)
    lines = text.splitlines()
    cells = []
    number = 0
    for cell, start in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        if cell.cell_type != "code":
            cells.append(PlannedCell(cell.cell_type, cell.source, metadata=dict(cell.metadata)))
            continue
        view = views.get(start - 1)
        runs = DRAWN_AT_BUILD.isdisjoint(cell.metadata.get("tags", []))
        number += runs
        cells.append(
            PlannedCell(
                kind="code",
                source=view.code() if view else cell.source,
                executed=cell.source,
                metadata=dict(cell.metadata),
                line=_line_of(lines, cell.source, start),
                number=number if runs else None,
                view=view,
            )
        )
    return PagePlan(_with_needs(cells))


def _line_of(lines: Sequence[str], source: str, start: int) -> int:
    """Return the line, from 1, of a cell's source: below its options, if it has any."""
    wanted = source.splitlines()
    last = len(lines) - len(wanted) + 1
    return next((n + 1 for n in range(start, last) if lines[n : n + len(wanted)] == wanted), start + 1)


def _with_needs(cells: list[PlannedCell]) -> list[PlannedCell]:
    """Return the cells with what they need from those before them."""
    runnable = [cell for cell in cells if cell.number is not None]
    try:
        needs = cell_analysis.dependencies([cell.source for cell in runnable])
    except cell_analysis.CellSyntaxError:
        needs = [NEEDS_NOTHING for _ in runnable]  # the page reports it, with its line
    defined_by: dict[str, int] = {}
    found = []
    for cell in cells:
        number = cell.number
        if number is not None:
            program = defined_by.get(cell.view.main) if cell.view else None
            cell = replace(cell, needs=needs[number - 1], program=program)
            defined_by.update(dict.fromkeys(_defined_in(cell.source), number))
        found.append(cell)
    return found


def _defined_in(source: str) -> set[str]:
    try:
        return cell_analysis.names_of(source).defines
    except cell_analysis.CellSyntaxError:
        return set()


def plan_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Read the page that MyST-NB reads next, and hand on its text (``source-read``)."""
    for script in included_scripts(source[0]):
        app.env.note_dependency(str(script))
        for shared in SHARED.glob("*.py"):
            app.env.note_dependency(str(shared))
    source[0], plan, problems = read_plan(source[0])
    PLANS.of(app.env)[docname] = plan
    for problem in problems:
        logger.warning("%s", problem.message, location=(docname, problem.line), type="overlap")


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    app.connect("source-read", plan_page)
    PLANS.connect(app)
