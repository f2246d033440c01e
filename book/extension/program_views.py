"""The ``explorer`` and ``stepper`` directives: one line below a code cell.

Each stands for one more cell, which calls ``overlap_trace`` with the cell's program. So
its recorded output, its buttons and its errors are those of every cell. The directive is
replaced before MyST-NB reads the page, because only a cell is executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.read import read_myst_markdown_notebook
from overlap_page import cell_analysis
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .cells import RunnableCell

logger = logging.getLogger(__name__)

OPENING = re.compile(r"^(?P<fence>`{3,}|:{3,})(?P<info>.*)$")
VIEW = re.compile(r"^\{(?P<kind>explorer|stepper)\}(?P<argument>.*)$")
OPTION = re.compile(r"^:(?P<name>[\w-]+):(?P<value>.*)$")

FUNCTIONS = {"explorer": "explore_async", "stepper": "record_steps"}
OPTIONS = {"explorer": ("check", "shared", "bad"), "stepper": ("shared",)}
LABELS = {"explorer": "every order of cell {}", "stepper": "the steps of cell {}"}
# A line of code as long as this fits beside nothing else on a laptop.
LINE_LENGTH = 72


class ViewError(ValueError):
    """What is wrong with a directive, in a sentence, and in which of its lines (from 0)."""

    start = end = 0  # the lines of the directive in its page

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class ProgramView:
    """One directive: the lines it takes (from 0, end exclusive), and what it asks for."""

    kind: str
    main: str
    start: int
    end: int
    options: dict[str, str] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """The arguments of the call, as code."""
        given = [self.main]
        if "check" in self.options:
            given.append(f"check=lambda result: {self.options['check']}")
        given += [f'{name}="{self.options[name]}"' for name in ("shared", "bad") if name in self.options]
        return given

    def code(self) -> str:
        """The cell that a reader sees and runs."""
        function = FUNCTIONS[self.kind]
        start = f"from overlap_trace import {function}\n\n{'await ' * (self.kind == 'explorer')}{function}("
        line = f"{start}{', '.join(self.arguments())})"
        if len(line.rpartition("\n")[2]) <= LINE_LENGTH:
            return line
        return f"{start}\n" + "".join(f"    {argument},\n" for argument in self.arguments()) + ")"

    def code_in_one_line(self) -> str:
        """The same, so that the lines below a short directive keep their numbers."""
        first, _, call = self.code().partition("\n\n")
        return f"{first}; {' '.join(call.split())}"


def find_views(text: str) -> Iterator[ProgramView | ViewError]:
    """The directives at the top level of a page; for a wrong one the error, with its line in the page."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        opening = OPENING.match(lines[number])
        start, number = number, number + 1
        if not opening:
            continue
        while number < len(lines) and not _closes(lines[number], opening["fence"]):
            number += 1
        number += 1
        view = VIEW.match(opening["info"])
        if view:
            end = min(number, len(lines))
            try:
                yield _read_view(view, lines, start, end)
            except ViewError as error:
                error.line += start
                error.start, error.end = start, end
                yield error


def _closes(line: str, fence: str) -> bool:
    bare = line.rstrip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _read_view(match: re.Match[str], lines: list[str], start: int, end: int) -> ProgramView:
    kind, main = match["kind"], match["argument"].strip()
    if not main.isidentifier():
        raise ViewError(f"{kind}: name the program's coroutine function, as in `{{{kind}}} main`.")
    options = {}
    for offset, line in enumerate(lines[start + 1 : end - 1], 1):
        if not line.strip():
            continue
        option = OPTION.match(line)
        if not option:
            raise ViewError(f"{kind}: it has options only. The program is the code cell above it.", offset)
        name, value = option["name"], option["value"].strip()
        if name not in OPTIONS[kind]:
            known = ", ".join(OPTIONS[kind])
            raise ViewError(f"{kind}: there is no option `{name}` (there are: {known}).", offset)
        if not value or '"' in value:
            raise ViewError(f'{kind}: `:{name}:` needs a value, without ".', offset)
        if name in ("check", "shared"):
            try:
                ast.parse(value, mode="eval")
            except SyntaxError as error:
                message = f"{kind}: `:{name}:` is not a Python expression: {error.msg}."
                raise ViewError(message, offset) from None
        options[name] = value
    view = ProgramView(kind, main, start, end, options)
    if not any(main in cell_analysis.names_of(source).defines for source in _cells_above(lines, start)):
        raise ViewError(f"{kind}: no code cell above it defines `{main}`.")
    return view


def _cells_above(lines: list[str], line: int) -> list[str]:
    notebook = read_myst_markdown_notebook("\n".join(lines[:line]))
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and _is_python(cell.source)]


def _is_python(source: str) -> bool:
    try:
        cell_analysis.parse_cell(source)
    except cell_analysis.CellSyntaxError:
        return False  # reported with its own line
    return True


def with_cells(text: str) -> str:
    """The text with each directive as the code cell it stands for, to be read by people."""
    lines = text.split("\n")
    for view in reversed([view for view in find_views(text) if isinstance(view, ProgramView)]):
        lines[view.start : view.end] = ["```{code-cell} python", *view.code().split("\n"), "```"]
    return "\n".join(lines)


def expand(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the directives by cells, line for line (``source-read``)."""
    lines, views = source[0].split("\n"), []
    for found in reversed(list(find_views(source[0]))):
        if isinstance(found, ViewError):
            logger.warning("%s", found, location=(docname, found.line + 1), type="overlap")
            lines[found.start : found.end] = [""] * (found.end - found.start)
            continue
        views.insert(0, found)
        # The empty line that follows a directive without options makes room.
        bare = found.end - found.start == 2 and lines[found.end : found.end + 1] == [""]
        end = found.end + bare
        padding = [""] * (end - found.start - 3)
        lines[found.start : end] = ["```{code-cell} python", found.code_in_one_line(), *padding, "```"]
    source[0] = "\n".join(lines)
    app.env.temp_data["overlap_views"] = views


def mark_views(app: Sphinx, doctree: nodes.document) -> None:
    """Tell the cells that directives became from others (``doctree-read``, after cells are marked)."""
    cells = list(doctree.findall(RunnableCell))
    position = 0
    for view in app.env.temp_data.get("overlap_views", ()):
        one_line = view.code_in_one_line()
        position = next(n for n in range(position, len(cells)) if cells[n]["code"].rstrip() == one_line)
        cell = cells[position]
        program = next(
            other["number"]
            for other in reversed(cells[:position])
            if _is_python(other["code"]) and view.main in cell_analysis.names_of(other["code"]).defines
        )
        cell["view"] = view.kind
        cell["program"] = program
        cell["label"] = LABELS[view.kind].format(program)
        cell["code"] = view.code()
        _show_code(cell, view.code())


class FoldedCode(nodes.container):
    """The call that a directive stands for: shown on request."""


def _show_code(cell: RunnableCell, code: str) -> None:
    block = next(cell.findall(nodes.literal_block))
    shown = nodes.literal_block(code, code, **block.attributes)
    block.replace_self(shown)
    shown.line, shown.source = block.line, block.source
    holder = next(child for child in cell if child.get("nb_element") == "cell_code_source")
    folded = FoldedCode()
    holder.replace_self(folded)
    folded += holder


def visit_folded_code(self, node: FoldedCode) -> None:
    """Say what Run does here, and open the fold, as MyST-NB writes it for hidden code."""
    program = node.parent["program"]
    self.body.append(
        f'<p class="view-hint">Edit cell {program} above, then press Run here: '
        f"this runs cell {program} as it stands.</p>\n"
    )
    self.body.append(
        '<details class="admonition hide above-input"><summary>\n'
        '<p class="collapsed admonition-title">Show the call</p>\n'
        '<p class="expanded admonition-title">Hide the call</p>\n</summary>\n'
    )


def depart_folded_code(self, node: FoldedCode) -> None:
    """Close the fold."""
    self.body.append("</details>\n")


class MisplacedView(SphinxDirective):
    """The directives are gone before MyST reads a page, unless something surrounds them."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(("check", "shared", "bad"), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        """Say where the directive may stand."""
        logger.warning(
            "%s: it must stand by itself, not inside a list or another directive.",
            self.name,
            location=(self.env.docname, self.lineno),
            type="overlap",
        )
        return []


def setup(app: Sphinx) -> None:
    """Register the replacement and the folded call."""
    app.add_node(FoldedCode, html=(visit_folded_code, depart_folded_code))
    for kind in FUNCTIONS:
        app.add_directive(kind, MisplacedView)
    app.connect("source-read", expand)
    app.connect("doctree-read", mark_views, priority=550)
