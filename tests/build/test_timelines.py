"""Timelines made at build: of cells by their tag, of scripts by what they printed."""

import re

import pytest

from book.extension import notebook_form, page_plan

JOBS = """\
# /// script
# requires-python = ">=3.11"
# ///
print("loop, only one, a.jpg: 0.00 s to 0.10 s, waiting")
print("loop, only one, b.jpg: 0.10 s to 0.20 s, waiting")
print("pool, worker_0, a.jpg: 0.00 s to 0.10 s, waiting")
print("pool, worker_1, b.jpg: 0.00 s to 0.11 s")
"""
SHOWN = "```{script} threads/jobs.py\n```\n"


@pytest.fixture
def jobs(book, record_script):
    """A script that prints jobs, with its recording."""
    return record_script(book, "threads/jobs.py", JOBS)


@pytest.fixture
def record_script():
    """Write a script and its recording into a tiny book."""
    import sys

    from tools.record import record
    from tools.running import interpreter

    def write(book, name, source):
        script = book.scripts / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(source, encoding="utf8")
        record(script, interpreter(sys.executable))
        return script

    return write


def test_a_script_is_drawn_from_the_lines_it_printed(book, jobs):
    """One row for each printed job; the caption has the times of both ways, and who recorded them."""
    html = book.build(f"```{{timeline}} threads/jobs.py In a loop and in a pool\n```\n\n{SHOWN}")
    assert book.warnings == []
    assert len(re.findall(r"<tr data-span=", html)) == 4
    assert "<strong>In a loop and in a pool</strong> Loop 0.20 s, pool 0.11 s. Recorded with CPython" in html
    assert "--ovt-accent:var(--overlap-threads," in html


def test_a_script_without_such_lines_is_reported(book, record_script):
    """The message names the page's line, and what a line must look like."""
    record_script(book, "threads/jobs.py", JOBS.split("print")[0] + 'print("done")\n')
    book.build(f"Text.\n\n```{{timeline}} threads/jobs.py Title\n```\n\n{SHOWN}")
    (warning,) = book.warnings
    assert f"index.md:{book.line_of('{timeline}')}: WARNING: the recorded output of jobs.py" in warning


def test_a_timeline_of_a_script_without_recording_is_reported(book):
    """As for {script}: the command that records."""
    (book.scripts / "threads").mkdir()
    (book.scripts / "threads/jobs.py").write_text(JOBS, encoding="utf8")
    book.build("```{timeline} threads/jobs.py Title\n```\n")
    assert any("make record SCRIPT=threads/jobs.py" in warning for warning in book.warnings)


CELLS = """
```{code-cell} python
import asyncio
async def fetch(name, seconds):
    await asyncio.sleep(seconds)
    return name
```

```{code-cell} python
:tags: [timeline]
print(await asyncio.gather(fetch("a", 0.01), fetch("b", 0.02)))
```

```{code-cell} python
:tags: [timeline, virtual-time]
began = asyncio.get_running_loop().time()
await fetch("c", 7200)
print(began, asyncio.get_running_loop().time())
```

```{code-cell} python
await fetch("d", 0.001)
```
"""


def test_tags_trace_a_cell_and_change_its_clock(book):
    """The picture is part of the recorded output, and of the same run; other cells have none."""
    html = book.build(CELLS, execute="force")
    assert book.warnings == []
    cells = re.split(r'(?=<div class="[^"]*" id="cell-\d+")', html)[1:]
    assert [cell.count("<figure data-timeline") for cell in cells] == [0, 1, 1, 0]
    assert ["data-draws" in cell for cell in cells] == [False, True, True, False]
    assert ['data-clock="virtual"' in cell for cell in cells] == [False, False, True, False]
    assert "0.0 7200.0" in cells[2]
    assert "7200 s of virtual time" in cells[2]
    assert "virtual time</span>" in cells[2]
    assert "when this site was built · virtual time" in cells[2]
    # A wait in a function of cell 1 names that cell and its line, and no file of this machine.
    assert 'data-lines="1:3"' in cells[1]
    assert "waiting for sleep, line 3 of cell 1" in cells[1]
    assert "ipykernel" not in html


def test_a_notebook_draws_too():
    """In JupyterLite the tags become a line that loads the drawing, and a mark."""
    _, plan, _ = page_plan.read_plan(f"---\nkernelspec: {{name: python3}}\n---\n# T\n{CELLS}")
    notebook = notebook_form.page_as_notebook(plan, "index", {})
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert "overlap_trace.load_ipython_extension" in sources[0]
    assert [source.startswith("%%virtual\n") for source in sources] == [False, False, False, True, False]
