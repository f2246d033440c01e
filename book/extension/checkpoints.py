"""The ``checkpoint`` directive: a question, choices, an explanation per choice.

It works without JavaScript: choosing a radio button shows its explanation by
CSS, and without CSS everything is there to read.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import textwrap
from collections.abc import Iterator

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from overlap_contract import ATTRIBUTES as NAMES
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .locations import line_in_page
from .notebook_form import Directive, notebook_form

logger = logging.getLogger(__name__)

CHOICE = re.compile(r"^- \[(?P<mark>[ xX])\] (?P<text>.*)$")
# A choice such as "10." is an answer, and no list that begins at ten.
LIST_MARK = re.compile(r"^(\d*)([.)](?=\s|$)|[-+*](?=\s))")


class Checkpoint(nodes.container):
    """The question (first child) and its choices."""


class Question(nodes.container):
    """What is asked."""


class Choice(nodes.container):
    """The choice's text (first child) and its explanation (second child)."""


class ChoiceText(nodes.container):
    """What the reader may choose."""


class Explanation(nodes.container):
    """Why the choice is right or wrong."""


class CheckpointDirective(SphinxDirective):
    """``{checkpoint} question`` with choices ``- [ ]`` and exactly one ``- [x]``.

    A question with code in it stands in the body, before the choices: Markdown
    does not allow backticks after the opening fence. The choices are shown in an order
    of their own (`place`), so write the right one where you like.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"predict": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Build the nodes, or report what is wrong with the question."""
        blocks = list(self._choice_blocks())
        problem = self._problem(blocks)
        if problem:
            line = line_in_page(self.env.doc2path(self.env.docname), self.lineno, ["```{checkpoint}"])
            logger.warning("checkpoint: %s", problem, location=(self.env.docname, line), type="overlap")
            return []
        number = self.env.new_serialno("checkpoint") + 1
        checkpoint = Checkpoint(number=number, predict="predict" in self.options)
        question = Question()
        self._parse(self._question_lines(), 0, question)
        checkpoint += question
        asked = "\n".join(self._question_lines())
        for mark, (first, *rest), offset in sorted(blocks, key=lambda block: place(asked, block[1][0])):
            choice = Choice(right=mark in "xX")
            text, explanation = ChoiceText(), Explanation()
            choice_lines, explanation_lines = _split_at_blank([first, *rest])
            self._parse([LIST_MARK.sub(r"\1\\\2", choice_lines[0]), *choice_lines[1:]], offset, text)
            self._parse(explanation_lines, offset + len(choice_lines), explanation)
            choice += [text, explanation]
            checkpoint += choice
        return [checkpoint]

    def _question_lines(self) -> list[str]:
        before_choices = list(itertools.takewhile(lambda line: not CHOICE.match(line), self.content))
        return [*self.arguments, *before_choices]

    def _choice_blocks(self) -> Iterator[tuple[str, list[str], int]]:
        """Yield mark, lines (unindented) and offset of each choice."""
        block: list[str] | None = None
        mark, start = " ", 0
        for offset, line in enumerate(self.content):
            match = CHOICE.match(line)
            if match:
                if block is not None:
                    yield mark, block, start
                mark, block, start = match["mark"], [match["text"]], offset
            elif block is not None:
                block.append(line)
        if block is not None:
            yield mark, block, start

    def _problem(self, blocks: list[tuple[str, list[str], int]]) -> str | None:
        right = sum(mark in "xX" for mark, _, _ in blocks)
        if not "".join(self._question_lines()).strip():
            return "it needs a question, after `{checkpoint}` or before the first choice."
        if len(blocks) < 2:
            return "it needs at least two choices, each beginning with `- [ ]` or `- [x]`."
        if right != 1:
            return f"it needs exactly one right answer, marked `- [x]`; it has {right}."
        for _, lines, _ in blocks:
            if not any(_split_at_blank(lines)[1]):
                return (
                    f"the choice “{lines[0]}” has no explanation. Write it below the "
                    "choice, after an empty line, indented by two spaces."
                )
        return None

    def _parse(self, lines: list[str], offset: int, parent: nodes.Element) -> None:
        text = textwrap.dedent("\n".join(lines)).splitlines()
        source = StringList(text, source=self.state_machine.document["source"])
        self.state.nested_parse(source, self.content_offset + offset, parent)


def place(question: str, choice: str) -> bytes:
    """Return by what choices are ordered: chance, but the same in each build, page and notebook.

    People who write questions put the right answer second.
    """
    words = " ".join(f"{question} {choice}".split())
    return hashlib.blake2s(words.encode()).digest()


def _split_at_blank(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines of the choice itself, and those of its explanation."""
    first, rest = lines[0], lines[1:]
    blank = next((i for i, line in enumerate(rest) if not line.strip()), len(rest))
    return [first, *(line.strip() for line in rest[:blank])], rest[blank + 1 :]


@notebook_form("checkpoint")
def checkpoint_in_notebook(directive: Directive) -> str:
    """Return the question and its choices, with the answers folded away."""
    question, *choices = re.split(r"^- \[([ xX])\] ", directive.body, flags=re.MULTILINE)
    asked = f"{directive.argument}\n{question}".strip()
    lines = [f"**Check yourself.** {asked}", ""]
    answers = []
    marked = zip(choices[::2], choices[1::2], strict=True)
    for mark, choice in sorted(marked, key=lambda pair: place(asked, pair[1].partition("\n")[0])):
        text, _, explanation = choice.partition("\n\n")
        lines.append(f"- {' '.join(text.split())}")
        verdict = "right" if mark in "xX" else "not this one"
        answers.append(f"- {' '.join(text.split())} **{verdict}.** {' '.join(explanation.split())}")
    answer = "\n".join(answers)
    return "\n".join(lines) + f"\n\n<details><summary>Answers</summary>\n\n{answer}\n\n</details>"


def visit_checkpoint(self: HTML5Translator, node: Checkpoint) -> None:
    """Open the question; the answer's live region comes last."""
    kind = "Predict, then run" if node["predict"] else "Check yourself"
    predict = f"{NAMES.predict} " if node["predict"] else ""
    self.body.append(
        f'<fieldset class="checkpoint" {NAMES.checkpoint} {predict}id="checkpoint-{node["number"]}">\n'
        f'<legend><span class="checkpoint-kind">{kind}</span>'
    )


def depart_checkpoint(self: HTML5Translator, node: Checkpoint) -> None:
    """Close with the live region that the page's script fills."""
    self.body.append('<div class="checkpoint-answer" aria-live="polite"></div>\n</fieldset>\n')


def depart_question(self: HTML5Translator, node: Question) -> None:
    """End the legend with the question."""
    self.body.append("</legend>\n")


def visit_choice(self: HTML5Translator, node: Choice) -> None:
    """Write one radio button; its label follows."""
    checkpoint = node.parent
    number, letter = checkpoint["number"], chr(ord("a") + checkpoint.index(node) - 1)
    self.body.append(
        f'<div class="choice"><input type="radio" name="checkpoint-{number}" '
        f'id="checkpoint-{number}-{letter}" value="{letter}">'
        f'<label for="checkpoint-{number}-{letter}">'
    )


def depart_choice(self: HTML5Translator, node: Choice) -> None:
    """Close the choice."""
    self.body.append("</div>\n")


def depart_choice_text(self: HTML5Translator, node: ChoiceText) -> None:
    """End the label with the choice's text."""
    self.body.append("</label>\n")


def visit_explanation(self: HTML5Translator, node: Explanation) -> None:
    """Name right or wrong in words, not by color alone."""
    right = node.parent["right"]
    self.body.append(
        f'<div class="explanation" {NAMES.right}="{str(right).lower()}">'
        f'<p class="verdict">{"Right." if right else "Not this one."}</p>'
    )


def depart_explanation(self: HTML5Translator, node: Explanation) -> None:
    """Close the explanation."""
    self.body.append("</div>\n")


def nothing(self: HTML5Translator, node: nodes.Node) -> None:
    """Write no tag of its own: legends and labels hold phrasing content only."""


def paragraphs_to_spans(app: Sphinx, doctree: nodes.document) -> None:
    """Make paragraphs inline text, inside legends and labels (``doctree-read``)."""
    for parent in doctree.findall(lambda n: isinstance(n, (Question, ChoiceText))):
        for paragraph in list(parent.findall(nodes.paragraph)):
            paragraph.replace_self(nodes.inline("", "", *paragraph.children))


def report_unread_fences(app: Sphinx, doctree: nodes.document) -> None:
    """Report a fence that Markdown did not read as a directive, but as text (``doctree-read``)."""
    for paragraph in doctree.findall(nodes.paragraph):
        if re.match(r"(```|:::)\{\w+", paragraph.astext()):
            logger.warning(
                "this directive is shown as text. If the line after its opening fence holds "
                "backticks, write that text inside the directive instead.",
                location=(app.env.docname, paragraph.line),
                type="overlap",
            )


def setup(app: Sphinx) -> None:
    """Register the directive and its nodes."""
    app.add_directive("checkpoint", CheckpointDirective)
    app.add_node(Checkpoint, html=(visit_checkpoint, depart_checkpoint))
    app.add_node(Question, html=(nothing, depart_question))
    app.add_node(Choice, html=(visit_choice, depart_choice))
    app.add_node(ChoiceText, html=(nothing, depart_choice_text))
    app.add_node(Explanation, html=(visit_explanation, depart_explanation))
    app.connect("doctree-read", paragraphs_to_spans)
    app.connect("doctree-read", report_unread_fences)
