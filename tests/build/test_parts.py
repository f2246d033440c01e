"""Explorers, steppers and choosers: one line of Markdown, complete without JavaScript."""

import json
import re

import pytest

from book.extension import lite

from .conftest import Elements

RACE = """
```{code-cell} python
import asyncio

async def main():
    counter = 0

    async def increment():
        nonlocal counter
        value = counter
        await asyncio.sleep(0)
        counter = value + 1

    await asyncio.gather(increment(), increment())
    return counter
```
"""


def part_of(page, kind):
    """The HTML of the one part of this kind."""
    return re.search(rf'<div class="cell"[^>]*data-part="{kind}".*', page, re.DOTALL)[0]


@pytest.fixture
def race_page(book):
    """A race with an explorer and a stepper, executed."""
    page = book.build(
        RACE
        + """
```{explorer} main
:check: result == 2
:shared: counter
:bad: lose an update
```

```{stepper} main
```
""",
        execute="force",
    )
    assert book.warnings == []
    return page


def test_an_explorer_is_a_cell_that_calls_the_program_above(race_page):
    """It has the contract of every cell, and says which cell holds the program."""
    explorer, stepper = Elements(race_page).having("data-part")
    assert (explorer["data-runs"], explorer["data-cell"], explorer["data-needs"]) == ("browser", "2", "1")
    assert (explorer["data-part"], explorer["data-program"]) == ("explorer", "1")
    assert (stepper["data-part"], stepper["data-program"], stepper["data-needs"]) == ("stepper", "1", "1")
    source = re.search(r"data-source>(.*?)</script>", part_of(race_page, "explorer"))[1]
    assert json.loads(source) == (
        "from overlap_trace import explore_async\n\n"
        "await explore_async(\n    main,\n    check=lambda result: result == 2,\n"
        '    shared="counter",\n    bad="lose an update",\n)'
    )


def test_the_exploration_is_recorded_and_readable(race_page):
    """The counts, the picture and each step of the shortest bad schedule are text in the page."""
    part = part_of(race_page, "explorer")
    assert "4 of 6 schedules lose an update." in part
    items = re.findall(r"<li value=\"\d+\">(.*?)</li>", part.partition('data-part="stepper"')[0])
    assert len(items) == 7
    assert "increment #1" in items[2]
    assert "Shared: counter = 1." in items[-1]
    assert '<details open class="ovt-list">' in part
    assert "<title" in part


def test_the_steps_are_a_numbered_list(race_page):
    """A stepper without a script is a list, from step 0 on, in order."""
    numbers = re.findall(r'<li value="(\d+)">', part_of(race_page, "stepper"))
    assert [int(number) for number in numbers] == list(range(len(numbers)))
    assert len(numbers) > 8


def test_lines_below_a_part_keep_their_numbers(book):
    """A directive becomes a longer cell; below it lines are counted as below any cell."""
    off = []
    for options in ("", ":shared: counter\n", ":shared: counter\n\n\n"):
        steppers = f"```{{stepper}} main\n{options}```\n\n" * 5
        book.build(f"{RACE}\n{steppers}See [nothing](nothing.md).\n")
        off.append(int(re.search(r"md:(\d+)", book.warnings[0])[1]) - book.line_of("nothing"))
    assert off[1:] == [0, 0]
    assert off[0] <= 1  # MyST-NB counts empty lines before it, and here there is none


WRONG = {
    "```{explorer}\n```": ("{explorer}", "name the program's coroutine function"),
    "```{explorer} nobody\n```": ("nobody", "no code cell above it defines `nobody`"),
    "```{explorer} main\n:chekc: 1\n```": ("chekc", "`chekc` (there are: check, shared, bad)"),
    "```{explorer} main\n:check: result ==\n```": (":check:", "not a Python expression"),
    "```{stepper} main\n:shared:\n```": (":shared:", "needs a value"),
    "```{stepper} main\nawait main()\n```": ("await main()", "it has options only"),
    ":::{note}\n```{stepper} main\n```\n:::": ("{stepper}", "not inside a list or another directive"),
}


@pytest.mark.parametrize("part", WRONG)
def test_a_wrong_part_is_reported_with_its_line(book, part):
    """Each mistake has file, line and what to do."""
    text, message = WRONG[part]
    book.build(RACE + "\n" + part + "\n")
    assert len(book.warnings) == 1, book.warnings
    assert message in book.warnings[0]
    assert f"index.md:{book.line_of(text)}: " in book.warnings[0]


def test_in_a_notebook_a_part_is_a_cell_with_its_call(book):
    """JupyterLite knows no directives, but it has the package."""
    notebook = lite.page_as_notebook(RACE + "\n```{stepper} main\n:shared: counter\n```\n", "index", {})
    assert notebook.cells[-1].cell_type == "code"
    assert notebook.cells[-1].source == (
        'from overlap_trace import record_steps\n\nrecord_steps(main, shared="counter")'
    )


DOCS = "https://docs.python.org/3/library/multiprocessing.html"
TREE = f"""
```{{chooser}} What does the program do most of the time?
- **It waits.** For how many things at once?
  - **A few.** Take [threads](index.md).
  - **Thousands.** Take [tasks](index.md).
- **It computes.** Take [processes]({DOCS}).
```
"""


def test_a_chooser_is_a_nested_list(book):
    """Without a script: the question, and everything else in one open list."""
    page = book.build(TREE)
    assert book.warnings == []
    chooser = re.search(r'<div class="chooser" data-chooser.*?</details>', page, re.DOTALL)[0]
    assert '<p class="chooser-question">What does the program do most of the time?</p>' in chooser
    assert '<details open class="fold">' in chooser
    assert chooser.count("<ul") == 2
    assert chooser.count("<a ") == 3


BROKEN_TREES = {
    "Thousands": ("  - **Thousands.** Take [tasks](index.md).\n", "", "It waits", "at least two answers"),
    "link": (f"[processes]({DOCS})", "processes", "It computes", "ends without a link"),
    "bold": ("**A few.**", "A few.", "A few", "begins with an answer in bold"),
    "question": ("For how many things at once?", "", "It waits", "asks no question"),
    "first": (" What does the program do most of the time?", "", "{chooser}", "needs a first question"),
    "body": (f"({DOCS}).\n", f"({DOCS}).\n\nA remark.\n", "{chooser}", "one nested list"),
}


@pytest.mark.parametrize("name", BROKEN_TREES)
def test_a_malformed_tree_is_reported_with_its_line(book, name):
    """One answer only, an end without a link, and so on."""
    old, new, text, message = BROKEN_TREES[name]
    assert old in TREE
    book.build(TREE.replace(old, new))
    assert len(book.warnings) == 1, book.warnings
    assert message in book.warnings[0]
    assert f"index.md:{book.line_of(text)}: " in book.warnings[0]
