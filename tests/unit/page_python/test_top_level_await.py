"""`asyncio.run` at the top level of a cell."""

import ast
import asyncio

import pytest
from overlap_page.top_level_await import AwaitMain, runs_main


def transformed(source, **namespace):
    tree = ast.fix_missing_locations(AwaitMain(namespace).visit(ast.parse(source)))
    return ast.unparse(tree)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import asyncio\nasyncio.run(main())", "await main()"),
        ("import asyncio\nx = asyncio.run(main(), debug=True)", "x = await main()"),
        ("import asyncio as aio\naio.run(main())", "await main()"),
        ("from asyncio import run\nrun(main())", "await main()"),
        ("import asyncio\nif __name__ == '__main__':\n    asyncio.run(main())", "await main()"),
        ("import asyncio\nprint(asyncio.run(f()) + asyncio.run(g()))", "print(await f() + await g())"),
        ("import asyncio\n[asyncio.run(f(i)) for i in x]", "[await f(i) for i in x]"),
    ],
)
def test_at_the_top_level_it_becomes_await(source, expected):
    """Whatever name it has, and inside an expression, too."""
    assert expected in transformed(source)
    assert runs_main(source, {})


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\ndef start():\n    asyncio.run(main())",
        "import asyncio\nasync def start():\n    asyncio.run(main())",
        "import asyncio\nclass A:\n    asyncio.run(main())",
        "import asyncio\nf = lambda: asyncio.run(main())",
        "import asyncio\ng = (asyncio.run(f(i)) for i in x)",
        "import asyncio\nasyncio.run(main(), loop_factory=Loop)",
        "import asyncio\nasyncio.run(*args)",
        "import subprocess\nsubprocess.run(main())",
        "run(main())",
    ],
)
def test_elsewhere_or_with_another_meaning_it_is_left_alone(source):
    """What does not run at the top level, and what is not `asyncio.run` of one coroutine."""
    assert "await" not in transformed(source)
    assert not runs_main(source, {})


def test_names_imported_by_an_earlier_cell_count():
    """The namespace says what they are."""
    source = "aio.run(main())\nrun(other())"
    assert transformed(source, aio=asyncio, run=asyncio.run) == "await main()\nawait other()"


def test_what_was_awaited_is_told():
    """The page says so below the cell."""
    transformer = AwaitMain({"asyncio": asyncio})
    transformer.visit(ast.parse("asyncio.run(main(1))\nasyncio.run(other())"))
    assert transformer.awaited == ["main(1)", "other()"]


def test_broken_code_is_left_for_python_to_complain_about():
    """Syntax errors are told when the cell is compiled."""
    assert not runs_main("asyncio.run(", {})
