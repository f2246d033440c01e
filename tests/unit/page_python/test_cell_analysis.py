"""What cells define and need, from their source alone."""

import pytest
from overlap_page.cell_analysis import CellSyntaxError, dependencies, names_of, parse_cell


def needed_cells(sources):
    return [found.cells for found in dependencies(sources)]


@pytest.mark.parametrize(
    ("source", "defines", "needs"),
    [
        ("import asyncio", {"asyncio"}, set()),
        ("import os.path as p\nfrom time import sleep as nap", {"p", "nap"}, set()),
        ("x = y", {"x"}, {"y"}),
        ("x = 1\nprint(x)", {"x"}, set()),
        ("print(x)\nx = 1", {"x"}, {"x"}),
        ("total += 1", {"total"}, {"total"}),
        ("async def main():\n    return await fetch(1)\nawait main()", {"main"}, {"fetch"}),
        ("def a():\n    return b()\ndef b():\n    return 1", {"a", "b"}, set()),
        ("def f(n=limit):\n    n += 1\n    return n", {"f"}, {"limit"}),
        ("@decorate\nclass Box(Base):\n    size = width", {"Box"}, {"decorate", "Base", "width"}),
        ("squares = [n * n for n in numbers if n]", {"squares"}, {"numbers"}),
        ("async with lock as held:\n    held.use()", {"held"}, {"lock"}),
        ("async for row in rows():\n    print(row)", {"row"}, {"rows"}),
        ("try:\n    risky()\nexcept* ValueError as group:\n    print(group)", set(), {"risky"}),
        ("def count():\n    global seen\n    seen = 1", {"count", "seen"}, set()),
        ("rows = [row async for row in query()]", {"rows"}, {"query"}),
        ("cb = lambda: x\nasync with a:\n    async for b in c:\n        b()", {"cb", "b"}, {"x", "a", "c"}),
        ("if (n := size()) > 1:\n    print(n)", {"n"}, {"size"}),
        ("%pip install nothing\nprint(value)", set(), {"value"}),
        ("first, *rest = values", {"first", "rest"}, {"values"}),
        ("data[key] = value", set(), {"data", "key", "value"}),
    ],
)
def test_names(source, defines, needs):
    """Names bound at the top level, and names read that the cell did not bind before."""
    names = names_of(source)
    assert (names.defines, names.needs) == (defines, needs)


def test_a_cell_needs_the_latest_definition_and_what_that_needs():
    """Needs are transitive and point at the nearest definition above."""
    sources = [
        "import asyncio",
        "async def fetch():\n    await asyncio.sleep(0)",
        "async def fetch():\n    return 1",
        "await fetch()",
        "print('alone')",
    ]
    assert needed_cells(sources) == [[], [1], [], [3], []]


def test_a_function_may_use_what_a_later_cell_defines():
    """A helper defined between a function and its call is needed by the call."""
    sources = ["def outer():\n    return helper()", "def helper():\n    return 1", "outer()"]
    assert needed_cells(sources) == [[], [], [1, 2]]


def test_names_are_those_the_cell_itself_uses():
    """What a needed cell needs in turn is a cell to run, but no name of this one."""
    sources = ["size = 2", "def squares():\n    return size * size", "print(squares(), unknown)"]
    assert dependencies(sources)[2].cells == [1, 2]
    assert dependencies(sources)[2].names == {"squares": 2}


def test_a_name_nobody_defines_needs_no_cell():
    """What is undefined everywhere is left to run time."""
    assert needed_cells(["print(undefined)"]) == [[]]


def test_syntax_error_has_its_line():
    """A cell that is not Python is reported with the line inside the cell."""
    with pytest.raises(CellSyntaxError) as caught:
        parse_cell("x = 1\ny = = 2")
    assert caught.value.line == 2


def test_an_await_in_a_plain_function_hides_no_names_of_other_cells():
    """From Python 3.14 on symtable refuses it; the cell itself says so when it runs."""
    wrong = "def album():\n    return await fetch(name)\n"
    sources = ["answer = 42", "def fetch(name): ...", wrong, "print(answer, album)"]
    assert [found.cells for found in dependencies(sources)] == [[], [], [2], [1, 2, 3]]
