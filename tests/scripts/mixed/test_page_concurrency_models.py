"""The cells of the page Concurrency models show what the text around them says."""

import ast
import asyncio
import inspect
import re

import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from overlap_page.cell_analysis import dependencies
from overlap_trace import trace

from book.examples.scripts import ROOT

PAGE = ROOT / "notebooks" / "concurrency-models.md"


def runnable_cells():
    """Sources of the cells that run in the page, as the build reads them."""
    notebook = read_myst_markdown_notebook(PAGE.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell.source for cell in cells if "skip-in-page" not in cell.metadata.get("tags", [])]


CELLS = runnable_cells()


async def run_cells(numbers):
    """Run cells one after another, as the page's kernel does; return their names."""
    names = {}
    for number in numbers:
        code = compile(CELLS[number - 1], f"cell {number}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)
        if inspect.isawaitable(result):
            await result
    return names


@pytest.fixture
def cell():
    """Run the one cell that holds a text, after the cells it needs; return its names."""

    def run(text):
        (number,) = [n for n, source in enumerate(CELLS, 1) if text in source]
        return asyncio.run(run_cells([*dependencies(CELLS)[number - 1].cells, number]))

    return run


def test_the_timeline_tells_waiting_from_computing():
    """Downloading waits its 0.3 s; shrinking runs. One lane, first the one, then the other."""
    (number,) = [n for n, source in enumerate(CELLS, 1) if "await download()" in source]

    async def main():
        with trace() as t:
            await run_cells([number])
        return t.timeline.spans

    spans = asyncio.run(main())
    longest_wait = max((s for s in spans if s.state == "waiting"), key=lambda s: s.duration)
    longest_run = max((s for s in spans if s.state == "running"), key=lambda s: s.duration)
    assert longest_wait.duration >= 0.29
    assert longest_run.start >= longest_wait.end - 0.001
    assert len({span.lane for span in spans}) == 1


def test_what_does_not_overlap_sets_the_limit(cell, capsys):
    """The requests alone take at least 0.8 s / at_once; so the first doubling can save most."""
    cell("for at_once in")
    rows = re.findall(r"(\d+) at once: (\d+\.\d\d) s", capsys.readouterr().out)
    assert [int(at_once) for at_once, _ in rows] == [1, 2, 4, 8, 16]
    assert all(float(took) >= 0.79 / int(at_once) for at_once, took in rows)
    assert float(rows[0][1]) > float(rows[-1][1])


def test_nine_tenths_spread_make_it_ten_times_as_fast_at_most(cell, capsys):
    """The right answer of the checkpoint, by the page's own formula."""
    speedup = cell("def speedup")["speedup"]
    assert "never more than 10.0" in capsys.readouterr().out
    assert 9.9 < speedup(0.9, 10**6) < 10
    assert speedup(0.5, 1) == 1


def test_the_set_beats_eight_cores(cell, capsys):
    """The same names found, more than eight times as fast."""
    names = cell("set(known)")
    assert names["count"] == 2000
    assert capsys.readouterr().out.count("2000 found") == 2
    assert names["slow"] > 8 * names["fast"]


def test_overlapping_times_add_up_to_too_much(cell):
    """Ten timers of at least 0.1 s each, and far less on the wall."""
    names = cell("sum of the ten timers")
    assert min(names["times"]) >= 0.099
    assert sum(names["times"]) > 3 * names["elapsed"]
