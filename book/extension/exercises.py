"""The ``solution`` directive: code that solves the exercise above it, folded away.

The ``exercise`` directive itself stands for a cell, as explorers do (``program_views``). A script adds a
button that puts the solution into the cell of the exercise; without it the code is there to read.
"""

from __future__ import annotations

import ast

from docutils import nodes
from overlap_contract import ATTRIBUTES as NAMES
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .locations import line_in_page
from .notebook_form import Directive, notebook_form
from .page_plan import PLANS

logger = logging.getLogger(__name__)


class Solution(nodes.container):
    """The code, and the number of the cell that it is for."""


class SolutionDirective(SphinxDirective):
    """``{solution} function`` below an exercise, with code as its body."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the fold, or report what is wrong with the code."""
        function, code = self.arguments[0], "\n".join(self.content)
        line = line_in_page(self.env.doc2path(self.env.docname), self.lineno, [f"```{{solution}} {function}"])
        plan = PLANS.of(self.env)[self.env.docname]
        of = [
            cell
            for cell in plan.code
            if cell.view and cell.view.kind == "exercise" and cell.view.main == function
        ]
        if not of:
            self._warn(line, f"no exercise on this page checks `{function}`.")
            return []
        try:
            ast.parse(code)
        except SyntaxError as error:
            self._warn(line + (error.lineno or 0), f"this is not valid Python: {error.msg}.")
            return []
        fold = Solution(program=of[0].program)
        fold += nodes.literal_block(code, code, language="python")
        return [fold]

    def _warn(self, line: int, message: str) -> None:
        logger.warning("solution: %s", message, location=(self.env.docname, line), type="overlap")


@notebook_form("solution")
def solution_in_notebook(directive: Directive) -> str:
    """Return the code, folded away."""
    return f"<details><summary>A solution</summary>\n\n```python\n{directive.body}\n```\n\n</details>"


def visit_solution(self: HTML5Translator, node: Solution) -> None:
    """Open the fold."""
    self.body.append(
        f'<details class="solution" {NAMES.solution}="{node["program"]}"><summary>A solution</summary>\n'
    )


def depart_solution(self: HTML5Translator, node: Solution) -> None:
    """Close the fold."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and its node."""
    app.add_directive("solution", SolutionDirective)
    app.add_node(Solution, html=(visit_solution, depart_solution))
