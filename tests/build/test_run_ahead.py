"""Pages whose cells run at the same time: each runs once, with its own plan, and a failure is reported."""

import pytest

PAGE = """\
```{code-cell} python
from pathlib import Path
with Path("runs.txt").open("a") as file:
    file.write("run\\n")
print("six times seven is", 6 * 7)
```

```{code-cell} python
:tags: [virtual-time]
import asyncio
await asyncio.sleep(3600)
print("an hour later")
```
"""


@pytest.fixture
def two_at_a_time(monkeypatch):
    monkeypatch.setenv("OVERLAP_JOBS", "2")


def test_cells_run_once_and_their_tags_are_kept(book, two_at_a_time):
    html = book.build(PAGE, execute="cache")
    assert book.warnings == []
    assert "six times seven is 42" in html
    assert "an hour later" in html
    assert (book.source / "runs.txt").read_text() == "run\n"
    assert (book.output.parent / ".ipython" / "cell-plan-index.json").is_file()


def test_what_ran_is_not_run_again(book, two_at_a_time):
    book.build(PAGE, execute="cache")
    book.build(PAGE, execute="cache")
    assert (book.source / "runs.txt").read_text() == "run\n"


def test_one_at_a_time_runs_nothing_ahead(book, monkeypatch):
    monkeypatch.delenv("OVERLAP_JOBS", raising=False)
    html = book.build(PAGE, execute="cache")
    assert "an hour later" in html
    assert not (book.output.parent / ".ipython" / "cell-plan-index.json").exists()


def test_a_cell_that_fails_is_reported(book, two_at_a_time):
    book.build("```{code-cell} python\n1 / 0\n```\n", execute="cache")
    (reported,) = [warning for warning in book.warnings if "CellExecutionError" in warning]
    assert "index.md" in reported
