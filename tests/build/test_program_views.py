"""Explorers and steppers: one line of Markdown, complete without JavaScript."""

import json
import re

import pytest

from book.extension import notebook_form, page_plan

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


def view_of(page, kind):
    """The HTML of the one view of this kind."""
    return re.search(rf'<div class="cell"[^>]*data-view="{kind}".*', page, re.DOTALL)[0]


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
    explorer, stepper = Elements(race_page).having("data-view")
    assert (explorer["data-runs"], explorer["data-cell"], explorer["data-needs"]) == ("browser", "2", "1")
    assert (explorer["data-view"], explorer["data-program"]) == ("explorer", "1")
    assert (stepper["data-view"], stepper["data-program"], stepper["data-needs"]) == ("stepper", "1", "1")
    source = re.search(r"data-source>(.*?)</script>", view_of(race_page, "explorer"))[1]
    assert json.loads(source) == (
        "from overlap_trace import explore_async\n\n"
        "await explore_async(\n    main,\n    check=lambda result: result == 2,\n"
        '    shared="counter",\n    bad="lose an update",\n)'
    )


def test_the_exploration_is_recorded_and_readable(race_page):
    """The counts, the picture and each step of the shortest bad schedule are text in the page."""
    view = view_of(race_page, "explorer")
    assert "4 of 6 schedules lose an update." in view
    items = re.findall(r"<li value=\"\d+\">(.*?)</li>", view.partition('data-view="stepper"')[0])
    assert len(items) == 7
    assert "increment #1" in items[2]
    assert "Shared: counter = 1." in items[-1]
    assert '<details open class="ovt-list">' in view
    assert "<title" in view


def test_the_steps_are_a_numbered_list(race_page):
    """A stepper without a script is a list, from step 0 on, in order."""
    numbers = re.findall(r'<li value="(\d+)">', view_of(race_page, "stepper"))
    assert [int(number) for number in numbers] == list(range(len(numbers)))
    assert len(numbers) > 8


def test_lines_below_a_view_keep_their_numbers(book):
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


@pytest.mark.parametrize("view", WRONG)
def test_a_wrong_view_is_reported_with_its_line(book, view):
    """Each mistake has file, line and what to do."""
    text, message = WRONG[view]
    book.build(RACE + "\n" + view + "\n")
    assert len(book.warnings) == 1, book.warnings
    assert message in book.warnings[0]
    assert f"index.md:{book.line_of(text)}: " in book.warnings[0]


def test_in_a_notebook_a_view_is_a_cell_with_its_call():
    """JupyterLite knows no directives, but it has the package."""
    _, plan, _ = page_plan.read_plan(RACE + "\n```{stepper} main\n:shared: counter\n```\n")
    notebook = notebook_form.page_as_notebook(plan, "index", {})
    assert notebook.cells[-1].cell_type == "code"
    assert notebook.cells[-1].source == (
        'from overlap_trace import record_steps\n\nrecord_steps(main, shared="counter")'
    )
