"""Tables that a phone can show: each cell knows the name of its column.

A table of three or more columns is too wide for a phone. There, base.css puts the cells of
a row below each other, and the name of the column, which is hidden elsewhere, before each.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

# Two columns fit beside each other.
COLUMNS = 3


def name_columns(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the name of its column into each cell (``doctree-resolved``)."""
    for table in doctree.findall(nodes.table):
        head = next(table.findall(nodes.thead), None)
        body = next(table.findall(nodes.tbody), None)
        if head is None or body is None or "reference" in table["classes"]:  # those scroll
            continue
        names = [entry.astext() for entry in head.children[-1].children]
        if len(names) < COLUMNS:
            continue
        table["classes"].append("stacks")
        for row in body.children:
            for name, entry in zip(names, row.children, strict=True):
                paragraph = next(entry.findall(nodes.paragraph), None)
                if paragraph is not None and paragraph.children:
                    paragraph.insert(0, nodes.inline("", f"{name}: ", classes=["column-name"]))


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    app.connect("doctree-resolved", name_columns)
