"""Recipes that begin with cells: those below *Copy this* are a program that a reader can paste."""

import re
import subprocess

import pytest
from myst_nb.core.read import read_myst_markdown_notebook

from book.examples.scripts import ROOT, include_parts
from tools.running import TIME_LIMIT, interpreters

FAN_OUT = """\
cat: cat.jpg
owl: TimeoutError('not done in 0.3 s'), tries: 2
dog: dog.jpg
yak: LookupError('no such photo'), tries: 1
elk: elk.jpg
fox: fox.jpg
"""
CONSUME_ALL = """\
7 failed: TimeoutError('not done in 0.5 s')
13 failed: ValueError('unlucky')
"""
PRINTS = {
    "recipes/bounded-fan-out": FAN_OUT,
    "recipes/producer-and-consumer-with-backpressure": CONSUME_ALL,
}


def sources(page):
    """The code cells of a recipe, as the build reads them."""
    text = (ROOT / f"{page}.md").read_text(encoding="utf-8")
    cells = read_myst_markdown_notebook(include_parts(text)[0]).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("page", PRINTS)
@pytest.mark.parametrize("python", [pytest.param(one, id=one.tag) for one in interpreters()])
def test_the_cells_to_copy_are_a_program(page, python, tmp_path):
    """With `asyncio.run(main())` at the end, as the page says, on every Python, no warning."""
    shared, recipe, use = sources(page)[1:4]  # the first one is the eight-line version
    program = tmp_path / "program.py"
    assert use.count("await main()") == 1
    use = use.replace("await main()", "asyncio.run(main())")
    program.write_text(f"{shared}\n\n{recipe}\n\n{use}\n", encoding="utf-8")
    done = subprocess.run(
        [python.path, "-X", "dev", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
        cwd=tmp_path,
        check=False,
    )
    # A busy machine makes steps slow, of which the mode tells.
    printed = re.sub(r"^Executing <.* took [\d.]+ seconds\n", "", done.stdout, flags=re.MULTILINE)
    assert printed == PRINTS[page]
    assert done.returncode == 0
