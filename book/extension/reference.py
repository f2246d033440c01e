"""The ``reference`` directive: tables for looking up, from ``reference/data/*.toml``.

Every entry is checked when the site is built: it is complete, its link to the Python
documentation has a real anchor (a committed list, so no network is needed), and its
link into the guide leads to a place that exists. A complaint names the TOML file and the
line. The tests compare names and signatures with the Pythons of the machine.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .notebook_form import Directive, notebook_form
from .page_data import PageData

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "reference" / "data"
ANCHORS = DATA / "python-docs-anchors.txt"
PYTHON_DOCS = "https://docs.python.org/3/"

NEEDED = {
    "entry": {"name", "meaning", "mistake", "guide", "docs"},
    "change": {"what", "kind", "guide", "docs"},
}
ALLOWED = {
    "entry": NEEDED["entry"] | {"signature", "added", "changed", "inspect", "why"},
    "change": NEEDED["change"] | {"name"},
}
#: Where the entries of each page lead: the target in the guide, and the place of the entry.
LINKS: PageData[list[tuple[str, str]]] = PageData("reference_links")
#: The sections that each page shows: file and title.
USED: PageData[set[tuple[str, str]]] = PageData("reference_used")

KINDS = ("added", "changed", "deprecated", "removed")


class ReferenceTable(nodes.container):
    """The table of one section."""


class ReferenceDirective(SphinxDirective):
    """``{reference} asyncio`` with ``:section: Queues``, the title of a section of its data."""

    required_arguments = 1
    option_spec = {"section": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Build the table, or report what is wrong with an entry."""
        source = DATA / f"{self.arguments[0]}.toml"
        if not source.is_file():
            self._warn(f"there is no {source.name} in reference/data.")
            return []
        self.env.note_dependency(str(source))
        self.env.note_dependency(str(ANCHORS))
        text = source.read_text(encoding="utf8")
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._warn(f"reference/data/{source.name} cannot be read: {error}.")
            return []
        if "release" in data:
            groups, title_key, kind = data["release"], "version", "change"
        else:
            groups, title_key, kind = data.get("section", []), "title", "entry"
        wanted = self.options.get("section")
        group = next((group for group in groups if group.get(title_key) == wanted), None)
        if group is None:
            known = ", ".join(str(group.get(title_key)) for group in groups)
            self._warn(f"{source.name} has no section {wanted!r}. It has: {known}.")
            return []
        good = []
        for entry in group.get(kind, []):
            line = line_of(text, entry, kind)
            wrong = problem(entry, kind)
            if wrong:
                logger.warning(wrong, location=f"{source}:{line}", type="overlap")
                continue
            places = LINKS.of(self.env).setdefault(self.env.docname, [])
            places.append((entry["guide"], f"{source}:{line}"))
            good.append(entry)
        used = USED.of(self.env).setdefault(self.env.docname, set())
        used.add((source.name, str(wanted)))
        return [self._table(good, kind)] if good else []

    def _table(self, entries: list[dict[str, Any]], kind: str) -> nodes.Node:
        heads = ["Name", "Meaning", "Usual mistake", "See"] if kind == "entry" else ["Change", "What", "See"]
        table = nodes.table(classes=["reference"])
        group = nodes.tgroup(cols=len(heads))
        table += group
        group += [nodes.colspec(colwidth=1) for _ in heads]
        head, body = nodes.thead(), nodes.tbody()
        group += [head, body]
        row = nodes.row()
        head += row
        row += [nodes.entry("", nodes.paragraph("", text)) for text in heads]
        for entry in entries:
            row = nodes.row()
            body += row
            cells = self._entry_cells(entry) if kind == "entry" else self._change_cells(entry)
            row += [nodes.entry("", nodes.paragraph("", "", *content)) for content in cells]
        container = ReferenceTable(classes=["reference-table"])
        container += table
        return container

    def _entry_cells(self, entry: dict[str, Any]) -> list[list[nodes.Node]]:
        shown = entry["name"] + entry.get("signature", "")
        name = nodes.literal("", shown, ids=[entry["name"]])
        versions = [f"New in {entry['added']}"] if "added" in entry else []
        versions += [f"{version}: {what}" for version, what in entry.get("changed", {}).items()]
        meaning = self._inline(entry["meaning"])
        if versions:
            meaning += [nodes.Text(" "), nodes.emphasis("", "", *self._inline("; ".join(versions) + "."))]
        return [[name], meaning, self._inline(entry["mistake"]), self._links(entry, entry["name"])]

    def _change_cells(self, entry: dict[str, Any]) -> list[list[nodes.Node]]:
        return [[nodes.Text(entry["kind"])], self._inline(entry["what"]), self._links(entry, entry["what"])]

    def _links(self, entry: dict[str, Any], about: str) -> list[nodes.Node]:
        page, _, anchor = entry["guide"].partition("#")
        here = self.env.docname == page.removesuffix(".md") or not page
        up = "../" * self.env.docname.count("/")
        target = f"#{anchor}" if here else f"{up}{entry['guide']}"
        label = "example" if here else Path(page).stem.replace("-", " ")
        guide = self._inline(f"[{label}]({target})")
        docs = nodes.reference("", "docs", refuri=PYTHON_DOCS + entry["docs"], internal=False)
        return [*guide, nodes.Text(", "), docs]

    def _inline(self, text: str) -> list[nodes.Node]:
        found, _ = self.state.inline_text(text, self.lineno)
        return found

    def _warn(self, message: str) -> None:
        logger.warning(message, location=(self.env.docname, self.lineno), type="overlap")


def line_of(text: str, entry: dict[str, Any], kind: str) -> int:
    """Return the line of the TOML text, from 1, on which this entry says its name."""
    key = next((key for key in ("what", "name", "meaning") if key in entry), None)
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if key and line.startswith(f"{key} = ") and tomllib.loads(line)[key] == entry[key]:
            return number
    return next((number for number, line in enumerate(lines, 1) if line.endswith(f".{kind}]]")), 1)


def problem(entry: dict[str, Any], kind: str) -> str | None:
    """Return what is wrong with an entry by itself, and the fix; None if it is fine."""
    if missing := sorted(NEEDED[kind] - entry.keys()):
        return f"the entry needs `{missing[0]} = ...`."
    if unknown := sorted(entry.keys() - ALLOWED[kind]):
        return f"the entry has an unknown key `{unknown[0]}`; known are {', '.join(sorted(ALLOWED[kind]))}."
    if kind == "change" and entry["kind"] not in KINDS:
        return f"kind is {entry['kind']!r}, must be one of {', '.join(KINDS)}."
    page, _, anchor = entry["docs"].partition("#")
    if anchor not in anchors().get(page, ()):
        return (
            f"the Python documentation has no {entry['docs']}. Correct it; if the page is new here, "
            "run tools/docs_anchors.py."
        )
    return None


def anchors() -> dict[str, dict[str, list[str]]]:
    """Return the known anchors of each page of the Python documentation, with the versions it marks there."""
    found: dict[str, dict[str, list[str]]] = {}
    page = ""
    for line in ANCHORS.read_text(encoding="utf8").splitlines():
        if line.startswith(" "):
            anchor, *versions = line.split()
            found[page][anchor] = versions
        elif not line.startswith("#"):
            page = line
            found[page] = {}
    return found


def check_guide_links(app: Sphinx, env: BuildEnvironment) -> None:
    """Report an entry that leads to no page or heading (``env-updated``)."""
    for docname, links in LINKS.of(env).items():
        for target, location in links:
            page, _, anchor = target.partition("#")
            name = page.removesuffix(".md") or docname
            if name not in env.found_docs:
                logger.warning("the guide has no page %s.", page, location=location, type="overlap")
            elif anchor and anchor not in env.metadata[name].get("myst_slugs", {}):
                message = f"{page or docname} has no heading #{anchor}."
                logger.warning(message, location=location, type="overlap")


def report_unused(app: Sphinx, env: BuildEnvironment) -> None:
    """Report a section that no page shows, and so no reader finds (``env-updated``)."""
    used = {section for shown in USED.of(env).values() for section in shown}
    for source in sorted({name for name, _ in used}):
        data = tomllib.loads((DATA / source).read_text(encoding="utf8"))
        for group in data.get("section", data.get("release", [])):
            title = group.get("title", group.get("version"))
            if (source, title) not in used:
                message = f"no page shows the section {title!r}."
                logger.warning(message, location=str(DATA / source), type="overlap")


@notebook_form("reference")
def reference_in_notebook(directive: Directive) -> str:
    """Return nothing: a notebook is for code that runs, and the tables are for looking up."""
    return ""


def visit_reference_table(self: HTML5Translator, node: ReferenceTable) -> None:
    """Open a container that the style sheet can find."""
    self.body.append('<div class="reference-table">\n')


def depart_reference_table(self: HTML5Translator, node: ReferenceTable) -> None:
    """Close it."""
    self.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and the checks."""
    app.add_directive("reference", ReferenceDirective)
    app.add_node(ReferenceTable, html=(visit_reference_table, depart_reference_table))
    LINKS.connect(app)
    USED.connect(app)
    app.connect("env-updated", check_guide_links)
    app.connect("env-updated", report_unused)
