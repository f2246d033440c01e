"""The exercises of the page: each starting cell is not solved yet, each solution is right."""

import ast
import asyncio
import inspect

import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from overlap_page.cell_analysis import dependencies

from book.examples.scripts import ROOT

PAGE = ROOT / "notebooks" / "async-downloader.md"


def code_cells():
    """Source and button of each cell (None if it is not folded), as the build reads the page."""
    notebook = read_myst_markdown_notebook(PAGE.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.source, cell.metadata.get("mystnb", {}).get("code_prompt_show")) for cell in cells]


CELLS = code_cells()
SOLUTIONS = [number for number, (_, button) in enumerate(CELLS, 1) if button == "Show a solution"]


async def run_cells(numbers):
    """Run cells of the page one after another, as the page's kernel does."""
    names = {}
    for number in numbers:
        code = compile(CELLS[number - 1][0], f"cell {number}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)
        if inspect.isawaitable(result):
            await result


def run_with_needed(number):
    """Run a cell alone, after the cells that it needs, as Run does in a fresh page."""
    needed = dependencies([source for source, _ in CELLS])[number - 1].cells
    asyncio.run(run_cells([*needed, number]))


def test_every_exercise_has_a_solution():
    """The page has three exercises, each with a hidden solution right after its cell."""
    assert len(SOLUTIONS) == PAGE.read_text(encoding="utf-8").count("# change this") + 1 == 3


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_a_solution_is_right_and_its_starting_cell_is_not(solution, capsys):
    """The same check says `not yet` for the cell as published and `right` for the solution."""
    run_with_needed(solution - 1)
    assert capsys.readouterr().out.splitlines()[-1].startswith("not yet")
    run_with_needed(solution)
    assert capsys.readouterr().out.splitlines()[-1].startswith("right")
