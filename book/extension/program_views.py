"""The ``explorer``, ``stepper`` and ``exercise`` directives: one line below a code cell.

Each stands for one more cell, which calls ``overlap_trace`` with the cell's program. So
its recorded output, its buttons and its errors are those of every cell. The directive is
replaced before MyST-NB reads the page, because only a cell is executed (``page_plan``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

OPENING = re.compile(r"^(?P<fence>`{3,}|:{3,})(?P<info>.*)$")
OPTION = re.compile(r"^:(?P<name>[\w-]+):(?P<value>.*)$")

FUNCTIONS = {"explorer": "explore_async", "stepper": "record_steps", "exercise": "check_exercise"}
VIEW = re.compile(rf"^\{{(?P<kind>{'|'.join(FUNCTIONS)})\}}(?P<argument>.*)$")
#: Those that let the event loop have its turns meanwhile.
AWAITED = ("explorer", "exercise")
OPTIONS = {
    "explorer": ("check", "shared", "bad"),
    "stepper": ("shared",),
    "exercise": ("check", "prints", "watch", "calls", "overlap", "most", "apart", "within", "hold", "orders"),
}
#: Options of an exercise that are numbers or flags, written as they are.
PLAIN = ("calls", "overlap", "most", "apart", "within", "hold")
LABELS = {
    "explorer": "every order of cell {}",
    "stepper": "the steps of cell {}",
    "exercise": "is cell {} right?",
}
# A line of code as long as this fits beside nothing else on a laptop.
LINE_LENGTH = 72
#: What MyST-NB calls the container of a cell's code.
CODE = "cell_code_source"


class ViewError(ValueError):
    """What is wrong with a directive, in a sentence, and in which of its lines (from 0)."""

    start = end = 0  # the lines of the directive in its page

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class ProgramView:
    """One directive: the lines it takes (from 0, end exclusive), and what it asks for."""

    kind: str
    main: str
    start: int
    end: int
    options: dict[str, str] = field(default_factory=dict)

    def label(self, program: int | None) -> str:
        """Return what the cell shows, with the number of the cell that holds its program."""
        return LABELS[self.kind].format(program)

    def arguments(self) -> list[str]:
        """Return the arguments of the call, as code."""
        if self.kind == "exercise":
            return self._exercise_arguments()
        given = [self.main]
        if "check" in self.options:
            given.append(f"check=lambda result: {self.options['check']}")
        given += [f'{name}="{self.options[name]}"' for name in ("shared", "bad") if name in self.options]
        return given

    def _exercise_arguments(self) -> list[str]:
        given = [f"lambda: {self.main}"]
        if check := self.options.get("check"):
            given += [f"check=lambda result: {check}", f"asked={check!r}"]
        if prints := self.options.get("prints"):
            given.append(f"prints={prints!r}")
        if watch := self.options.get("watch"):
            given.append(f"watch=lambda: {watch}")
        given += [f"{name}={self.options[name]}" for name in PLAIN if name in self.options]
        if "orders" in self.options:
            given.append("orders=True")
        return given

    def code(self) -> str:
        """Return the cell that a reader sees and runs, on a page and in a notebook."""
        function = FUNCTIONS[self.kind]
        start = f"from overlap_trace import {function}\n\n{'await ' * (self.kind in AWAITED)}{function}("
        line = f"{start}{', '.join(self.arguments())})"
        if len(line.rpartition("\n")[2]) <= LINE_LENGTH:
            return line
        return f"{start}\n" + "".join(f"    {argument},\n" for argument in self.arguments()) + ")"

    def code_in_one_line(self) -> str:
        """Return the same in one line, so that the lines below a short directive keep their numbers."""
        first, _, call = self.code().partition("\n\n")
        return f"{first}; {' '.join(call.split())}"


def find_views(text: str) -> Iterator[ProgramView | ViewError]:
    """Yield the directives at the top level of a page; for a wrong one the error, with its line."""
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
        if kind == "exercise":
            options[name] = _exercise_option(name, value, offset)
            continue
        if not value or '"' in value:
            raise ViewError(f'{kind}: `:{name}:` needs a value, without ".', offset)
        if name in ("check", "shared"):
            _expression(kind, name, value, offset)
        options[name] = value
    return ProgramView(kind, main, start, end, options)


def _expression(kind: str, name: str, value: str, line: int) -> ast.expr:
    try:
        return ast.parse(value, mode="eval").body
    except SyntaxError as error:
        raise ViewError(f"{kind}: `:{name}:` is not a Python expression: {error.msg}.", line) from None


def _exercise_option(name: str, value: str, line: int) -> str:
    """Return an option of an exercise as code; ViewError says what is wrong with it."""
    if name == "orders":
        if value:
            raise ViewError("exercise: `:orders:` has no value.", line)
        return value
    if name == "prints":
        return value
    tree = _expression("exercise", name, value, line)
    if name in PLAIN and not (isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float))):
        raise ViewError(f"exercise: `:{name}:` needs a number.", line)
    if name == "watch" and not isinstance(tree, ast.Name):
        raise ViewError("exercise: `:watch:` names a coroutine function of a cell above.", line)
    return value


@dataclass(frozen=True)
class Expanded:
    """A page whose directives are cells, each in the lines that the directive had."""

    text: str
    views: dict[int, ProgramView]  # by the line (from 0) of the text on which the cell begins
    errors: list[ViewError]


def expand(text: str, leave_out: Collection[ProgramView] = ()) -> Expanded:
    """Replace the directives of a page by cells, line for line; wrong ones by empty lines."""
    lines = text.split("\n")
    written: list[str] = []
    views: dict[int, ProgramView] = {}
    errors = []
    position = 0
    for found in find_views(text):
        written += lines[position : found.start]
        position = found.end
        if isinstance(found, ViewError) or found in leave_out:
            written += [""] * (found.end - found.start)
            if isinstance(found, ViewError):
                errors.append(found)
            continue
        views[len(written)] = found
        # The empty line that follows a directive without options makes room.
        position += found.end - found.start == 2 and lines[found.end : found.end + 1] == [""]
        padding = [""] * (position - found.start - 3)
        written += ["```{code-cell} python", found.code_in_one_line(), *padding, "```"]
    return Expanded("\n".join(written + lines[position:]), views, errors)


class FoldedCode(nodes.container):
    """The call that a directive stands for: shown on request. ``program`` is its program's cell."""


def fold_code(cell: nodes.Element, code: str, program: int, kind: str) -> None:
    """Show ``code`` in a cell instead of what was executed, folded away."""
    block = next(cell.findall(nodes.literal_block))
    shown = nodes.literal_block(code, code, **block.attributes)
    block.replace_self(shown)
    shown.line, shown.source = block.line, block.source
    holder = next(child for child in cell.findall(nodes.container) if child.get("nb_element") == CODE)
    folded = FoldedCode(program=program, kind=kind)
    holder.replace_self(folded)
    folded += holder


def visit_folded_code(self: HTML5Translator, node: FoldedCode) -> None:
    """Say what Run does here, and open the fold, as MyST-NB writes it for hidden code."""
    program = node["program"]
    does = "checks" if node["kind"] == "exercise" else "runs"
    self.body.append(
        f'<p class="view-hint">Edit cell {program} above, then press Run here: '
        f"this {does} cell {program} as it stands.</p>\n"
    )
    self.body.append(
        '<details class="admonition hide above-input"><summary>\n'
        '<p class="collapsed admonition-title">Show the call</p>\n'
        '<p class="expanded admonition-title">Hide the call</p>\n</summary>\n'
    )


def depart_folded_code(self: HTML5Translator, node: FoldedCode) -> None:
    """Close the fold."""
    self.body.append("</details>\n")


class MisplacedView(SphinxDirective):
    """The directives are gone before MyST reads a page, unless something surrounds them."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys({name for names in OPTIONS.values() for name in names}, directives.unchanged)

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
    """Register the folded call, and what a directive in a wrong place says."""
    app.add_node(FoldedCode, html=(visit_folded_code, depart_folded_code))
    for kind in FUNCTIONS:
        app.add_directive(kind, MisplacedView)
