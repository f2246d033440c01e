"""Pages as notebooks for JupyterLite.

Code cells stay as they are. What a directive or a role becomes is written in its own module
and registered here: a function of ``Directive``, or of a role's text, that returns Markdown.
Of what MyST and sphinx-design bring, this module says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from overlap_contract import TAGS
from sphinx.application import Sphinx

from .files import write_if_different
from .page_plan import PLANS, PagePlan

FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w-]+)\}[ ]?(?P<argument>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
OPTION = re.compile(r"^:(?P<name>[\w-]+):[ ]?(?P<value>.*)\n", re.MULTILINE)
ROLE_WITH_TARGET = re.compile(r"\{\w+\}`(?P<text>[^`<]+?) ?<[^`>]+>`")
ROLE = re.compile(r"\{(?P<name>\w+)\}`(?P<text>[^`]+)`")
#: A label on a line of its own, which old addresses lead to.
TARGET = re.compile(r"^([ ]*(?:- )?)\([\w-]+\)=\n[ ]*", re.MULTILINE)
PAGE_LINK = re.compile(r"\]\(((?!https?:)[^)#\s]+)\.md(#[^)\s]*)?\)")
# What a page does by the tags of its cells.
VIRTUAL_MARK = "%%virtual"
WITH_TIMELINES = """\
# Draw a timeline after each cell that awaits.
import overlap_trace
overlap_trace.load_ipython_extension(get_ipython())"""
# What Sphinx reads and never shows: labels of places, and comments.
UNSHOWN = re.compile(r"^(?:\([\w-]+\)=|% .*)\n", re.MULTILINE)
SUBSTITUTION = re.compile(r"\{\{ ?(?P<name>\w+) ?\}\}")
# The numbers are known after the notebooks are written.
MEGABYTES = re.compile(r"(?:about )?\{\{ ?(?:first_run|stored)_mb ?\}\} MB")


@dataclass(frozen=True)
class Directive:
    """A directive as it stands in the Markdown of a page."""

    name: str
    argument: str
    options: Mapping[str, str]
    body: str
    to_root: str  # leads from the notebook to the folder of `scripts`

    def plain(self, text: str) -> str:
        """Return Markdown that stands inside, without directives and roles."""
        return plain_markdown(text, self.to_root)


Form = Callable[[Directive], str]
RoleForm = Callable[[str], str]
FORMS: dict[str, Form] = {}
ROLE_FORMS: dict[str, RoleForm] = {}


def notebook_form(*names: str) -> Callable[[Form], Form]:
    """Register what these directives are in a notebook."""

    def register(form: Form) -> Form:
        FORMS.update(dict.fromkeys(names, form))
        return form

    return register


def role_form(name: str) -> Callable[[RoleForm], RoleForm]:
    """Register what a role without a target of its own is in a notebook."""

    def register(form: RoleForm) -> RoleForm:
        ROLE_FORMS[name] = form
        return form

    return register


@notebook_form("dropdown")
def _dropdown(directive: Directive) -> str:
    body = directive.plain(directive.body)
    return f"<details><summary>{directive.argument}</summary>\n\n{body}\n\n</details>"


@notebook_form("admonition", "grid-item-card")
def titled(directive: Directive) -> str:
    """Return the body below the argument in bold."""
    return _below(directive.argument, directive)


@notebook_form("note", "tip", "warning", "important", "seealso")
def _named(directive: Directive) -> str:
    return _below(directive.name.capitalize(), directive)


def _body(directive: Directive) -> str:
    return directive.plain(directive.body)


def _below(title: str, directive: Directive) -> str:
    return f"**{title}**\n\n{_body(directive)}" if title else _body(directive)


def _code(text: str) -> str:
    return f"`{text}`"


def plain_markdown(text: str, to_root: str) -> str:
    """Return Markdown without directives and roles. ``to_root`` leads to the folder of ``scripts``."""

    def directive(match: re.Match[str]) -> str:
        options = {option["name"]: option["value"] for option in OPTION.finditer(match["body"])}
        body = OPTION.sub("", match["body"]).strip("\n")
        found = Directive(match["name"], match["argument"].strip(), options, body, to_root)
        return FORMS.get(found.name, _body)(found)

    text = FENCE.sub(directive, text)
    text = TARGET.sub(r"\1", text)
    text = ROLE_WITH_TARGET.sub(r"\g<text>", text)
    text = ROLE.sub(lambda match: ROLE_FORMS.get(match["name"], _code)(match["text"]), text)
    # Pages are notebooks here, and open in JupyterLite.
    return PAGE_LINK.sub(r"](\1.ipynb)", text)


def filled_in(text: str, substitutions: Mapping[str, str]) -> str:
    """Return Markdown with its substitutions made, and without what Sphinx never shows."""
    text = MEGABYTES.sub("some megabytes", UNSHOWN.sub("", text))
    return SUBSTITUTION.sub(lambda match: substitutions.get(match["name"], match[0]), text)


def page_as_notebook(plan: PagePlan, docname: str, substitutions: Mapping[str, str]) -> nbformat.NotebookNode:
    """Return a page as a notebook that reads well in JupyterLite.

    Code cells are kept as they are, and explorers and steppers are cells. Other directives become
    plain Markdown. ``substitutions`` are the values for ``{{ name }}``.
    """
    to_root = "../" * docname.count("/")
    cells = []
    for planned in plan.cells:
        # Cells drawn at build read files of the repository, which JupyterLite does not have.
        if TAGS.skip_in_page in planned.tags:
            continue
        cell = nbformat.from_dict(
            {"cell_type": planned.kind, "source": planned.source, "metadata": planned.metadata}
        )
        if planned.kind == "code":
            cell.update(execution_count=None, outputs=[])
            if TAGS.virtual_time in planned.tags:
                cell.source = f"{VIRTUAL_MARK}\n{cell.source}"
        elif planned.kind == "markdown":
            cell.source = plain_markdown(filled_in(cell.source, substitutions), to_root)
        cells.append(cell)
    if any({TAGS.timeline, TAGS.virtual_time} & set(cell.metadata.get("tags", [])) for cell in cells):
        first = next(number for number, cell in enumerate(cells) if cell.cell_type == "code")
        cells.insert(first, nbformat.v4.new_code_cell(WITH_TIMELINES))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {
        "kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"},
        "language_info": {"name": "python"},
    }
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return notebook


def write_notebooks(app: Sphinx) -> None:
    """Write every page as a notebook into the folder that JupyterLite copies."""
    contents = Path(app.srcdir) / app.config.jupyterlite_content_dir
    for docname in sorted(app.env.found_docs):
        notebook = page_as_notebook(PLANS.of(app.env)[docname], docname, app.config.myst_substitutions)
        write_if_different(contents / f"{docname}.ipynb", nbformat.writes(notebook))
