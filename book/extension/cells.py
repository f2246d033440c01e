"""Code cells that run in the page.

MyST-NB executes every code cell when the site is built and renders what it
printed. This module turns each of those cells into the element that the runner
looks for (see the page contract in ``book/ARCHITECTURE.md``), checks that a
browser can run it, and works out which earlier cells it needs.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import platform
import shutil
from pathlib import Path

from docutils import nodes
from overlap_page import cell_analysis
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from book.examples.recording import Recording, RecordingError, fingerprint_of
from book.examples.scripts import SCRIPTS

from .locations import line_in_page
from .own_packages import FOR_CELLS

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
KERNEL_SIDE = Path(__file__).parent / "kernel"
RECORDINGS = ROOT / "book" / "recordings"

VIRTUAL_TIME = "The clock of the event loop jumps to the next timer: no real waiting, always the same order."

MATCH_TAGS = {"match-unordered": "unordered", "match-sample": "sample"}


class RunnableCell(nodes.container):
    """One code cell with the controls and outputs of the page contract."""


class RecordedOutput(nodes.container):
    """Output that was recorded, with a label that says where."""


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Turn MyST-NB's cell containers into runnable cells (``doctree-read``)."""
    docname = app.env.docname
    containers = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    runnable = [node for node in containers if _runs_in_page(node)]
    hidden = [node for node in containers if not _runs_in_page(node)]
    sources = [_source(node) for node in runnable]
    for container in hidden:
        # A cell without code on the page is drawn once, at build: no controls.
        container["classes"].append("drawn-at-build")
    try:
        needed = cell_analysis.dependencies(sources)
    except cell_analysis.CellSyntaxError:
        needed = [cell_analysis.Dependencies([], {}) for _ in sources]  # reported with its line below
    imported: dict[str, str] = {}
    for number, (container, source) in enumerate(zip(runnable, sources, strict=True), start=1):
        _check(app, docname, container, source, imported)
        _replace(app, docname, container, source, number, needed[number - 1])


def _tags(container: nodes.container) -> list[str]:
    return container["cell_metadata"].get("tags", [])


def _runs_in_page(container: nodes.container) -> bool:
    has_code = any(child.get("nb_element") == "cell_code_source" for child in container)
    return has_code and "skip-in-page" not in _tags(container)


def _source(container: nodes.container) -> str:
    return next(container.findall(nodes.literal_block)).astext()


def _check(
    app: Sphinx, docname: str, container: nodes.container, source: str, imported: dict[str, str]
) -> None:
    """Report, with file and line, a cell that a browser cannot run."""
    first_line = line_in_page(app.env.doc2path(docname), container.line, source.rstrip("\n").split("\n"))
    try:
        uses = cell_analysis.local_only_uses(source, imported)
    except cell_analysis.CellSyntaxError as error:
        logger.warning(
            "this cell is not valid Python: %s",
            error,
            location=(docname, first_line + error.line - 1),
            type="overlap",
        )
        return
    if "allow-blocked" in _tags(container):
        return
    for use in uses:
        logger.warning(
            "%s %s, which a browser tab cannot do. Move the code to a file in scripts/ and "
            "show it with {script}; or, if the page means to show the error, tag the cell "
            "skip-execution, browser-only, allow-blocked.",
            use.name,
            use.why,
            location=(docname, first_line + use.line - 1),
            type="overlap",
        )


def _replace(
    app: Sphinx,
    docname: str,
    container: nodes.container,
    source: str,
    number: int,
    needs: cell_analysis.Dependencies,
) -> None:
    tags = _tags(container)
    cell = RunnableCell(**container.attributes)
    cell.line, cell.source = container.line, container.source
    cell["number"] = number
    cell["needs"] = needs
    cell["code"] = source
    cell["match"] = next((MATCH_TAGS[t] for t in tags if t in MATCH_TAGS), "exact")
    if "raises-exception" in tags:
        cell["match"] = "error"
    cell["draws"] = "timeline" in tags
    cell["virtual"] = "virtual-time" in tags
    for child in list(container):
        container.remove(child)
        if child.get("nb_element") == "cell_code_output":
            recorded = RecordedOutput(**child.attributes)
            recorded["label"] = f"Recorded output · {build_python()}, when this site was built"
            if cell["virtual"]:
                recorded["label"] += " · virtual time"
            recorded.extend(child.children)
            child = recorded
        cell += child
    if "browser-only" in tags:
        recorded = _browser_recording(app, docname, container, source)
        if recorded:
            cell += recorded
    container.replace_self(cell)


def build_python() -> str:
    """The Python that executes cells when the site is built."""
    return f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"


def browser_recording_path(source: str) -> Path:
    """Where the recording of a browser-only cell is: named by the cell's source."""
    return RECORDINGS / f"{fingerprint_of(source)}.out"


def _browser_recording(
    app: Sphinx, docname: str, container: nodes.container, source: str
) -> RecordedOutput | None:
    path = browser_recording_path(source)
    app.env.note_dependency(str(path))
    try:
        recording = Recording.read(path)
    except RecordingError as error:
        if not os.environ.get("OVERLAP_RECORDING_CELLS"):  # set by `make record-cells`
            logger.warning(
                "this browser-only cell: %s",
                error,
                location=(docname, container.line),
                type="overlap",
            )
        return None
    recorded = RecordedOutput(nb_element="cell_code_output", classes=["cell_output"])
    recorded["label"] = f"Recorded output · {recording.provenance}"
    recorded += nodes.literal_block(recording.text, recording.text, language="none")
    return recorded


def visit_runnable_cell(self, node: RunnableCell) -> None:
    """Open the element of the page contract and its bar."""
    classes = " ".join(node["classes"])
    needs = " ".join(map(str, node["needs"].cells))
    uses = " ".join(f"{used}:{cell}" for used, cell in node["needs"].names.items())
    number = node["number"]
    name = f"Cell {number}"
    more = "data-draws " if node["draws"] else ""
    badge = ""
    if node["virtual"]:
        more += 'data-clock="virtual" '
        badge = f' <span class="cell-clock" title="{VIRTUAL_TIME}">virtual time</span>'
    if "view" in node:  # see program_views.py
        name += f": {node['label']}"
        more += f'data-view="{node["view"]}" data-program="{node["program"]}" '
    self.body.append(
        f'<div class="{classes}" id="cell-{number}" role="group" aria-label="{name}" '
        f'data-runs="browser" data-state="idle" data-cell="{number}" data-needs="{needs}" '
        f'data-uses="{uses}" data-match="{node["match"]}" {more}>\n'
        f'<div class="cell-bar"><span class="cell-kind">{name}{badge}</span>'
        '<span class="cell-controls"></span></div>\n'
    )


def depart_runnable_cell(self, node: RunnableCell) -> None:
    """Add the exact source and the place for live output, and close the element."""
    source = json.dumps(node["code"]).replace("<", "\\u003c")
    self.body.append(
        f'<script type="application/json" data-source>{source}</script>\n'
        '<div class="cell-output" data-output="live" aria-live="polite" hidden></div>\n</div>\n'
    )


def visit_recorded_output(self, node: RecordedOutput) -> None:
    """Open the recorded output with its label."""
    self.body.append(
        '<div class="cell-output" data-output="recorded">'
        f'<p class="output-label">{html.escape(node["label"])}</p>'
        f'<div class="{" ".join(node["classes"])}">\n'
    )


def depart_recorded_output(self, node: RecordedOutput) -> None:
    """Close the recorded output."""
    self.body.append("</div></div>\n")


def _execution_stamp() -> str:
    """Changes when what the cells run on changes: Python, our packages, recordings they draw."""
    digest = hashlib.sha256(platform.python_version().encode())
    parts = [(folder, names) for folder in (*FOR_CELLS, KERNEL_SIDE) for names in ("*.py", "*.json")]
    parts += [(SCRIPTS, "*.out"), (SCRIPTS, "*.spans.json")]
    for path in sorted(path for folder, names in parts for path in folder.rglob(names)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare_execution(app: Sphinx, config: Config) -> None:
    """Let cells import our own packages and their kernels ours; drop cached runs that are out of date."""
    paths = [*map(str, FOR_CELLS), str(KERNEL_SIDE), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # The timeline says what the reader's machine did, not how the kernel was started.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    stamp_file, stamp = cache.with_name(".cells-stamp"), _execution_stamp()
    current = stamp_file.exists() and stamp_file.read_text() == stamp
    app.overlap_cells_outdated = not current
    if not current:
        shutil.rmtree(cache, ignore_errors=True)
        stamp_file.parent.mkdir(parents=True, exist_ok=True)
        stamp_file.write_text(stamp)


def outdated_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Read all pages again when what their cells run on has changed."""
    return sorted(env.found_docs) if app.overlap_cells_outdated else []


def setup(app: Sphinx) -> None:
    """Register the nodes and the transformation of cells."""
    app.add_node(RunnableCell, html=(visit_runnable_cell, depart_runnable_cell))
    app.add_node(RecordedOutput, html=(visit_recorded_output, depart_recorded_output))
    app.connect("config-inited", prepare_execution)
    app.connect("env-get-outdated", outdated_pages)
    app.connect("doctree-read", mark_cells)
