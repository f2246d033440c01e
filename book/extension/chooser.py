"""The ``chooser`` directive: a tree of questions that ends in links, written as a nested list.

Without JavaScript the page shows that list. With it, ``chooser.ts`` asks one question at
a time; it takes everything from the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from overlap_contract import ATTRIBUTES as NAMES
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .notebook_form import Directive, notebook_form, titled

logger = logging.getLogger(__name__)

LINKS = (nodes.reference, addnodes.pending_xref)
EXAMPLE = "`- **the answer** the next question?` or `- **the answer** Take [a tool](page.md).`"


FOLD = '<details open class="fold"><summary>All questions and answers</summary>\n'


class Chooser(nodes.container):
    """The first question (a paragraph) and the list of its answers."""


class ChooserDirective(SphinxDirective):
    """``{chooser} first question`` with a nested list of answers as its body.

    An item begins with its answer in bold. What follows is the next question, if a list
    is nested in the item, or else the advice, with at least one link.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the node, or report what is wrong with the tree."""
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        children = list(body.children)
        question = nodes.paragraph()
        if self.arguments:
            question += self.state.inline_text(self.arguments[0], self.lineno)[0]
        elif children and isinstance(children[0], nodes.paragraph):
            question = children[0]
            del children[0]
        problems = list(_problems(question, children))
        for text, item in problems:
            location = (self.env.docname, self._line_of(item))
            logger.warning("chooser: %s", text, location=location, type="overlap")
        if problems:
            return []
        question["classes"].append("chooser-question")
        # Open without a script and on paper, folded away with one (templates/fold.js).
        fold = nodes.raw("", FOLD, format="html")
        return [Chooser("", question, fold, *children, number=self.env.new_serialno("chooser") + 1)]

    def _line_of(self, item: nodes.Node | None) -> int:
        """Return the line (from 1) of an item of the list; of the directive for None."""
        lines = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf8").splitlines()
        openings = [n for n, line in enumerate(lines, 1) if "{chooser}" in line]
        first = min(openings, key=lambda number: abs(number - self.lineno), default=self.lineno)
        if item is None:
            return first
        words = _letters(item.astext())
        for number in range(first, min(len(lines), first + len(self.content) + 2)):
            text = _letters(re.sub(r"\]\([^)]*\)", "]", lines[number]))
            if text and words.startswith(text):
                return number + 1
        return first


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _problems(
    question: nodes.paragraph, children: list[nodes.Node]
) -> Iterator[tuple[str, nodes.Node | None]]:
    """Yield what is wrong with the tree: a sentence, and the item that it is about."""
    if not question.astext().strip():
        yield "it needs a first question, after `{chooser}` or before the list.", None
    if len(children) != 1 or not isinstance(children[0], nodes.bullet_list):
        yield "its body is one nested list of answers, nothing else.", None
        return
    yield from _problems_of_list(children[0], None)


def _problems_of_list(
    answers: nodes.Element, parent: nodes.Node | None
) -> Iterator[tuple[str, nodes.Node | None]]:
    if len(answers) < 2:
        yield "a question needs at least two answers; this one has one.", parent
    for item in answers.children:
        first = next(iter(item.children), None)
        in_line = first.children if isinstance(first, nodes.paragraph) else []
        words = [child for child in in_line if child.astext()]
        answer, rest = next(iter(words), None), words[1:]
        if not isinstance(answer, nodes.strong):
            yield f"every item begins with an answer in bold: {EXAMPLE}.", item
            continue
        nested = [child for child in item.children if isinstance(child, nodes.bullet_list)]
        allowed = (nodes.paragraph, nodes.bullet_list)
        if len(nested) > 1 or any(not isinstance(child, allowed) for child in item.children):
            yield "an item holds paragraphs and at most one nested list.", item
        elif nested:
            if not "".join(child.astext() for child in rest).strip():
                yield f"the answer “{answer.astext()}” leads to a list, but asks no question before it.", item
            yield from _problems_of_list(nested[0], item)
        elif not any(any(child.findall(lambda node: isinstance(node, LINKS))) for child in item.children):
            yield (
                (
                    f"the answer “{answer.astext()}” ends without a link. Say where to go, or nest the "
                    "next answers below it."
                ),
                item,
            )


@notebook_form("chooser")
def chooser_in_notebook(directive: Directive) -> str:
    """Return the first question and the list of its answers."""
    return titled(directive)


def visit_chooser(self: HTML5Translator, node: Chooser) -> None:
    """Open the chooser; its script adds the form before the list."""
    self.body.append(f'<div class="chooser" {NAMES.chooser} id="chooser-{node["number"]}">\n')


def depart_chooser(self: HTML5Translator, node: Chooser) -> None:
    """Close the fold around the list, and the chooser."""
    self.body.append("</details>\n</div>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and its node."""
    app.add_directive("chooser", ChooserDirective)
    app.add_node(Chooser, html=(visit_chooser, depart_chooser))
