"""`asyncio.run` at the top level of a cell: found, and awaited with what CPython's does."""

import ast
import asyncio
import builtins
import contextlib
import io

import pytest
from overlap_page import asyncio_run
from overlap_page.top_level_await import WAIT, WAITING, AwaitRuns, waits_for_a_loop
from overlap_trace.virtual_time import virtual


def transformed(source, **namespace):
    tree = ast.fix_missing_locations(AwaitRuns(namespace).visit(ast.parse(source)))
    return ast.unparse(tree)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import asyncio\nasyncio.run(main())", "await <wait>(asyncio.run, main())"),
        (
            "import asyncio\nx = asyncio.run(main=main(), debug=True)",
            "x = await <wait>(asyncio.run, main=main(), debug=True)",
        ),
        ("import asyncio\nasyncio.run(*args)", "await <wait>(asyncio.run, *args)"),
        ("import asyncio as aio\naio.run(main())", "await <wait>(aio.run, main())"),
        ("from asyncio import run as go\ngo(main())", "await <wait>(go, main())"),
        ("import asyncio\ngo = asyncio.run\ngo(main())", "await <wait>(go, main())"),
        ("import asyncio\nif __name__ == '__main__':\n    asyncio.run(main())", "await <wait>(asyncio"),
        ("import asyncio\ntry:\n    asyncio.run(f())\nfinally:\n    pass", "await <wait>(asyncio.run, f())"),
        ("import asyncio\n[asyncio.run(f(i)) for i in x]", "[await <wait>(asyncio.run, f(i)) for i in x]"),
        ("import asyncio\n(i for i in asyncio.run(f()))", "in await <wait>(asyncio.run, f()))"),
        ("import asyncio\ndef f(a=asyncio.run(g())): pass", "a=await <wait>(asyncio.run, g())"),
        ("import asyncio\nasyncio.Runner().run(f())", "await <wait>(asyncio.Runner().run, f())"),
        (
            "import asyncio\nwith open(p) as f, asyncio.Runner() as r:\n    r.run(main())",
            "async with <waiting>(open(p)) as f, <waiting>(asyncio.Runner()) as r:\n"
            "    await <wait>(r.run, main())",
        ),
        ("loop.run_until_complete(main())", "await <wait>(loop.run_until_complete, main())"),
        ("loop.run_forever()", "await <wait>(loop.run_forever)"),
        ("import asyncio\nasyncio.get_event_loop()", "await <wait>(asyncio.get_event_loop)"),
        ("from asyncio import get_event_loop as get\nget()", "await <wait>(get)"),
    ],
)
def test_at_the_top_level_it_is_awaited(source, expected):
    """Whatever name it has, and inside an expression, too."""
    assert expected in transformed(source)
    assert waits_for_a_loop(source, {})


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio\ndef start():\n    asyncio.run(main())",
        "import asyncio\nasync def start():\n    asyncio.run(main())",
        "import asyncio\nclass A:\n    asyncio.run(main())",
        "import asyncio\nf = lambda: asyncio.run(main())",
        "import asyncio\ng = (asyncio.run(f(i)) for i in x)",
        "import subprocess\nsubprocess.run(main())",
        "run(main())",
        "with open(p) as f:\n    f.close()",
    ],
)
def test_elsewhere_or_with_another_meaning_it_is_left_alone(source):
    """What does not run at the top level, and what waits for no loop."""
    assert transformed(source) == ast.unparse(ast.parse(source))
    assert not waits_for_a_loop(source, {})


def test_names_imported_by_an_earlier_cell_count():
    """The namespace says what they are."""
    source = "aio.run(main())\nrun(other())"
    assert transformed(source, aio=asyncio, run=asyncio.run).count("await") == 2
    with asyncio.Runner() as runner:
        assert "await" in transformed("r.run(main())\nr.close()", r=runner)


def test_broken_code_is_left_for_python_to_complain_about():
    """Syntax errors are told when the cell is compiled."""
    assert not waits_for_a_loop("asyncio.run(", {})


PROGRAM = """
import asyncio, contextvars
v = contextvars.ContextVar("v", default="outside")
async def left():
    try:
        await asyncio.sleep(3600)
    finally:
        print("cleanup")
async def numbers():
    try:
        yield 1
        yield 2
    finally:
        print("generator closed")
async def main(n):
    global g
    v.set("inside")
    task = asyncio.create_task(left())
    g = numbers()
    print(n, await anext(g), asyncio.current_task().get_coro().__name__, len(asyncio.all_tasks()))
    return n
print([asyncio.run(main(n)) for n in range(2)], v.get())
with asyncio.Runner() as r:
    print(r.run(main(2)), r.run(main(3)), v.get())
for bad in (1, None):
    try:
        asyncio.run(bad)
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
async def nested():
    c = main(9)
    try:
        asyncio.run(c)
    except RuntimeError as error:
        print(error)
    c.close()
asyncio.run(nested())
lock = asyncio.Lock()
async def use():
    async with lock:
        try:
            await asyncio.wait_for(lock.acquire(), 0.01)
        except TimeoutError:
            print("waited")
asyncio.run(use())
try:
    asyncio.run(use())
except RuntimeError as error:
    print("different event loop" in str(error))
async def leave():
    raise SystemExit(3)
try:
    asyncio.run(leave())
except SystemExit as error:
    print("exit", error.code)
async def stop():
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1)
try:
    asyncio.run(stop())
except RuntimeError as error:
    print(error)
"""


def test_it_does_what_a_program_does(monkeypatch):
    """The same lines as from the program itself, on this Python, around a virtual loop."""
    monkeypatch.setattr(builtins, WAIT, asyncio_run.wait, raising=False)
    monkeypatch.setattr(builtins, WAITING, asyncio_run.Waiting, raising=False)
    with contextlib.redirect_stdout(io.StringIO()) as expected:
        exec(PROGRAM, {"__name__": "__main__"})
    tree = ast.fix_missing_locations(AwaitRuns({}).visit(ast.parse(PROGRAM)))
    code = compile(tree, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def cell():
        outer = asyncio.get_running_loop()
        monkeypatch.setattr(asyncio.events, "new_event_loop", lambda: asyncio_run.NestedVirtualLoop(outer))
        await eval(code, {"__name__": "__main__"})

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        asyncio.run(virtual(cell()))
    assert printed.getvalue() == expected.getvalue()
