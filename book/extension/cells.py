"""Code cells that run in the page.

MyST-NB executes every code cell when the site is built and renders what it
printed. This module turns each of those cells into the element that the runner
looks for (see the page contract, ``book/contract/README.md``), and checks that a
browser can run it.
"""

from __future__ import annotations

import html
import json
import os
import platform
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from overlap_contract import ATTRIBUTES as NAMES
from overlap_contract import CELL_STATES, OUTPUTS, RUNS, TAGS
from overlap_page import cell_analysis
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from book.examples.recording import Recording, RecordingError, fingerprint_of

from . import program_views
from .page_plan import PLANS, PlannedCell

logger = logging.getLogger(__name__)

RECORDINGS = Path(__file__).parents[1] / "recordings"

VIRTUAL_TIME = "The clock of the event loop jumps to the next timer: no real waiting, always the same order."
#: Before the first cell of a page: without JavaScript nothing puts buttons at its cells.
NO_RUNNER = (
    '<noscript><p class="no-runner">Running cells needs JavaScript; '
    "the recorded output is below each cell.</p></noscript>\n"
)


class RunnableCell(nodes.container):
    """One code cell with the controls and outputs of the page contract."""


class RecordedOutput(nodes.container):
    """Output that was recorded, with a label that says where."""


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Turn MyST-NB's cell containers into runnable cells (``doctree-read``)."""
    docname = app.env.docname
    containers = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    if not containers:  # no notebook: MyST-NB reports cells that it did not read
        return
    imported: dict[str, str] = {}
    for container, cell in zip(containers, PLANS.of(app.env)[docname].code, strict=True):
        if cell.number is None:
            # A cell without code on the page is drawn once, at build: no controls.
            container["classes"].append("drawn-at-build")
            continue
        _check(docname, cell, imported)
        runnable = _runnable_cell(app, docname, container, cell)
        container.replace_self(runnable)
        if cell.view and cell.program:
            program_views.fold_code(runnable, cell.source, cell.program, cell.view.kind)


def _check(docname: str, cell: PlannedCell, imported: dict[str, str]) -> None:
    """Report, with file and line, a cell that a browser cannot run."""
    try:
        uses = cell_analysis.local_only_uses(cell.executed, imported)
    except cell_analysis.CellSyntaxError as error:
        logger.warning(
            "this cell is not valid Python: %s",
            error,
            location=(docname, cell.line + error.line - 1),
            type="overlap",
        )
        return
    if TAGS.allow_blocked in cell.tags:
        return
    for use in uses:
        logger.warning(
            "%s %s, which a browser tab cannot do. Move the code to a file in scripts/ and "
            "show it with {script}; or, if the page means to show the error, tag the cell "
            "skip-execution, browser-only, allow-blocked.",
            use.name,
            use.why,
            location=(docname, cell.line + use.line - 1),
            type="overlap",
        )


def _runnable_cell(
    app: Sphinx, docname: str, container: nodes.container, planned: PlannedCell
) -> RunnableCell:
    cell = RunnableCell(**container.attributes, plan=planned)
    cell.line, cell.source = container.line, container.source
    for child in list(container.children):
        container.remove(child)
        if isinstance(child, nodes.container) and child.get("nb_element") == "cell_code_output":
            recorded = RecordedOutput(**child.attributes)
            recorded["label"] = f"Recorded output · {build_python()}, when this site was built"
            if TAGS.virtual_time in planned.tags:
                recorded["label"] += " · virtual time"
            recorded.extend(child.children)
            cell += recorded
        else:
            cell += child
    if TAGS.browser_only in planned.tags:
        stored = _browser_recording(app, docname, planned)
        if stored:
            cell += stored
    return cell


def build_python() -> str:
    """Return the Python that executes cells when the site is built."""
    return f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"


def browser_recording_path(source: str) -> Path:
    """Return where the recording of a browser-only cell is: named by the cell's source."""
    return RECORDINGS / f"{fingerprint_of(source)}.out"


def _browser_recording(app: Sphinx, docname: str, cell: PlannedCell) -> RecordedOutput | None:
    path = browser_recording_path(cell.source)
    app.env.note_dependency(str(path))
    try:
        recording = Recording.read(path)
    except RecordingError as error:
        if not os.environ.get("OVERLAP_RECORDING_CELLS"):  # set by `make record-cells`
            logger.warning(
                "this browser-only cell: %s",
                error,
                location=(docname, cell.line),
                type="overlap",
            )
        return None
    recorded = RecordedOutput(nb_element="cell_code_output", classes=["cell_output"])
    recorded["label"] = f"Recorded output · {recording.provenance}"
    recorded += nodes.literal_block(recording.text, recording.text, language="none")
    return recorded


def visit_runnable_cell(self: HTML5Translator, node: RunnableCell) -> None:
    """Open the element of the page contract and its bar."""
    cell: PlannedCell = node["plan"]
    name, badge, more = f"Cell {cell.number}", "", ""
    if cell.number == 1:
        self.body.append(NO_RUNNER)
    if TAGS.timeline in cell.tags:
        more += f"{NAMES.draws} "
    if TAGS.virtual_time in cell.tags:
        more += f'{NAMES.clock}="virtual" '
        badge = f' <span class="cell-clock" title="{VIRTUAL_TIME}">virtual time</span>'
    if cell.view:
        name += f": {cell.view.label(cell.program)}"
        more += f'{NAMES.view}="{cell.view.kind}" {NAMES.program}="{cell.program}" '
    needs = " ".join(map(str, cell.needs.cells))
    uses = " ".join(f"{used}:{number}" for used, number in cell.needs.names.items())
    self.body.append(
        f'<div class="{" ".join(node["classes"])}" id="cell-{cell.number}" role="group" aria-label="{name}" '
        f'{NAMES.runs}="{RUNS.browser}" {NAMES.state}="{CELL_STATES.idle}" {NAMES.cell}="{cell.number}" '
        f'{NAMES.needs}="{needs}" {NAMES.uses}="{uses}" {NAMES.match}="{cell.match}" {more}>\n'
        f'<div class="cell-bar"><span class="cell-kind">{name}{badge}</span>'
        '<span class="cell-controls"></span></div>\n'
    )


def depart_runnable_cell(self: HTML5Translator, node: RunnableCell) -> None:
    """Add the exact source and the place for live output, and close the element."""
    source = json.dumps(node["plan"].source).replace("<", "\\u003c")
    self.body.append(
        f'<script type="application/json" {NAMES.source}>{source}</script>\n'
        f'<div class="cell-output" {NAMES.output}="{OUTPUTS.live}" aria-live="polite" hidden></div>\n</div>\n'
    )


def visit_recorded_output(self: HTML5Translator, node: RecordedOutput) -> None:
    """Open the recorded output with its label."""
    self.body.append(
        f'<div class="cell-output" {NAMES.output}="{OUTPUTS.recorded}">'
        f'<p class="output-label">{html.escape(node["label"])}</p>'
        f'<div class="{" ".join(node["classes"])}">\n'
    )


def depart_recorded_output(self: HTML5Translator, node: RecordedOutput) -> None:
    """Close the recorded output."""
    self.body.append("</div></div>\n")


def visit_hidden_code(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open a fold as MyST-NB does, but without its label, which has other words than those it shows."""
    self.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>\n'
        f'<p class="collapsed admonition-title">{html.escape(node["prompt_show"])}</p>\n'
        f'<p class="expanded admonition-title">{html.escape(node["prompt_hide"])}</p>\n</summary>\n'
    )


def setup(app: Sphinx) -> None:
    """Register the nodes and the transformation of cells."""
    app.add_node(RunnableCell, html=(visit_runnable_cell, depart_runnable_cell))
    app.add_node(RecordedOutput, html=(visit_recorded_output, depart_recorded_output))
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_code, depart_HideCellInput))
    app.connect("doctree-read", mark_cells)
