"""Terms: ``{term}`event loop` `` links to the glossary and carries the definition.

The glossary page is the one source. Sphinx finds the entry and makes the link; this
module adds the first paragraph of the entry as the link's title, which ``page/site/terms.ts`` shows
on hover and focus, and which is a plain tooltip without JavaScript.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .notebook_form import Directive, notebook_form, role_form
from .page_data import PageData

# What Sphinx calls the text of a link made by the role.
TERM_CLASS = "std-term"
#: The definitions of each page, by the id of the term; and those that pages were written with.
DEFINITIONS: PageData[dict[str, str]] = PageData("terms")
WRITTEN: PageData[dict[str, str]] = PageData("terms_written")
#: The pages that use a term.
USERS: PageData[bool] = PageData("term_users")

GLOSSARY_ENTRY = re.compile(r"^(?P<term>\S.*)\n +(?P<text>.*)$", re.MULTILINE)


def collect_definitions(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the first paragraph of each entry, by the entry's id (``doctree-read``)."""
    definitions: dict[str, str] = {}
    for glossary in doctree.findall(addnodes.glossary):
        for entry in glossary.findall(nodes.definition_list_item):
            paragraph = next(entry.findall(nodes.paragraph), None)
            if paragraph is not None:
                text = " ".join(paragraph.astext().split())
                definitions |= {name: text for term in entry.findall(nodes.term) for name in term["ids"]}
    if definitions:
        DEFINITIONS.of(app.env)[app.env.docname] = definitions


def changed_pages(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages to write again, because a definition has changed (``env-updated``)."""
    known, written = DEFINITIONS.of(env), WRITTEN.of(env)
    if known == written:
        return []
    written.clear()
    written.update(known)
    return sorted(USERS.of(env))


def define_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each link to a term its definition (``doctree-resolved``)."""
    definitions = {name: text for page in DEFINITIONS.of(app.env).values() for name, text in page.items()}
    for link in list(doctree.findall(nodes.reference)):
        inner = link.children[0] if link.children else None
        if not isinstance(inner, nodes.Element) or TERM_CLASS not in inner.get("classes", ()):
            continue
        USERS.of(app.env)[docname] = True
        name = link.get("refid") or link.get("refuri", "").partition("#")[2]
        if name in definitions:
            link["reftitle"] = definitions[name]
            link["classes"].append("term")


@role_form("term")
def term_in_notebook(text: str) -> str:
    """Return the plain word."""
    return text


@notebook_form("glossary")
def glossary_in_notebook(directive: Directive) -> str:
    """Return each entry as a paragraph that begins with its term."""
    body = GLOSSARY_ENTRY.sub(r"**\g<term>**: \g<text>", directive.body)
    return directive.plain(re.sub(r"^ +", "", body, flags=re.MULTILINE))


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    DEFINITIONS.connect(app)
    USERS.connect(app)
    app.connect("doctree-read", collect_definitions)
    app.connect("env-updated", changed_pages)
    app.connect("doctree-resolved", define_links)
