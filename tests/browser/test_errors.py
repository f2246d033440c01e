"""What a reader learns from an error: its place, its group, and a sentence on the classic mistakes."""

import html
import json
import re

import pytest

from tools.browser import ROOT, SITE, cell, finish, live_text, run

from .conftest import BROWSERS, PAGE

HINTS = json.loads((ROOT / "book" / "web" / "src" / "page" / "hints.json").read_text(encoding="utf8"))
MAIN = "import asyncio\nasync def main():\n    return 1\n"

#: For each hint, code that really runs into it.
CAUSES = {
    "asyncio-run": MAIN + "async def outer():\n    asyncio.run(main())\nawait outer()",
    "await-outside": MAIN + "def outer():\n    await main()",
    "magic-await": "%%time\nimport asyncio\nawait asyncio.sleep(0.01)",
    "pasted": "```python\nprint(1)\n```",
    "gather-a-list": MAIN + "await asyncio.gather([main(), main()])",
    "wait-for-tasks": MAIN + "await asyncio.wait([main()])",
    "result-waits": MAIN + "asyncio.create_task(main()).result()",
    "result-blocks": "from concurrent.futures import Future\nFuture().result(timeout=0.01)",
    "absent-module": "import tkinter",
    "not-a-coroutine": MAIN + "async with asyncio.TaskGroup() as group:\n    group.create_task(main)",
    "async-protocol": "import asyncio\nwith asyncio.Lock():\n    pass",
    "another-loop": (
        "import asyncio\nfrom overlap_trace import virtual\nlock = asyncio.Lock()\n"
        "async def use():\n    async with lock:\n        await asyncio.sleep(0.01)\n"
        "async def both():\n    await asyncio.gather(use(), use())\nawait both()\nawait virtual(both())"
    ),
    "get-event-loop": MAIN + "loop = asyncio.get_event_loop()\nloop.run_forever()",
    "loop-closed": (
        "import asyncio\nfrom overlap_trace import virtual\nasync def main():\n"
        "    return asyncio.get_running_loop()\nloop = await virtual(main())\nloop.call_soon(print)"
    ),
    "thread": "import asyncio\nawait asyncio.to_thread(print)",
    "process": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "socket": "import asyncio\nawait asyncio.start_server(print, 'localhost', 8000)",
    "no-system": "import os\nos.fork()",
    "timeout": "import asyncio\nasync with asyncio.timeout(0.01):\n    await asyncio.sleep(1)",
    "cancelled": (
        "import asyncio\ntask = asyncio.create_task(asyncio.sleep(1))\n"
        "await asyncio.sleep(0)\ntask.cancel()\nawait task"
    ),
    "never-retrieved": (
        "import asyncio\nasync def fail():\n    1 / 0\nasyncio.create_task(fail())\nawait asyncio.sleep(0.01)"
    ),
    "never-awaited": MAIN + "main()\nprint('end')",
    "blocking-call": (
        "import asyncio, time\nasync def tick():\n    await asyncio.sleep(0.01)\n"
        "task = asyncio.create_task(tick())\ntime.sleep(0.1)\nawait task"
    ),
}

#: Other ways into the same mistakes.
VARIANTS = {
    "another loop": (
        "asyncio-run",
        MAIN + "def start():\n    asyncio.new_event_loop().run_until_complete(main())\nstart()",
    ),
    "timeit": ("magic-await", "import asyncio\n%timeit await asyncio.sleep(0.01)"),
    "closing fence": ("pasted", "print(1)\n```"),
    "curly quotes": ("pasted", "print(\u201chello\u201d)"),
    "space that is none": ("pasted", "if True:\n\u00a0\u00a0print(1)"),
    "gather a generator": ("gather-a-list", MAIN + "await asyncio.gather(main() for _ in range(2))"),
    "gather a tuple": ("gather-a-list", MAIN + "await asyncio.gather((main(), main()))"),
    "gather a function": ("not-a-coroutine", MAIN + "await asyncio.gather(main, main)"),
    "as_completed of one": (
        "wait-for-tasks",
        MAIN + "for each in asyncio.as_completed(main()):\n    await each",
    ),
    "result with a limit": ("result-waits", MAIN + "asyncio.create_task(main()).result(timeout=1)"),
    "shell": ("process", "!ls"),
    "output of a shell": ("process", "files = !ls"),
    "https": ("socket", "import urllib.request\nurllib.request.urlopen('https://localhost')"),
    "TLS": ("socket", "import asyncio\nawait asyncio.open_connection('localhost', 443, ssl=True)"),
    "await main": ("not-a-coroutine", MAIN + "await main"),
    "result of a call": ("never-awaited", MAIN + "main()"),
    "pool": ("thread", "from concurrent.futures import ThreadPoolExecutor as P\nP().submit(print)"),
    "process pool": ("process", "from concurrent.futures import ProcessPoolExecutor as P\nP()"),
    "interpreters": ("process", "from concurrent.futures import InterpreterPoolExecutor"),
    "another program": ("process", "import subprocess\nsubprocess.run(['ls'])"),
    "client": ("socket", "import asyncio\nawait asyncio.open_connection('localhost', 80)"),
}


@pytest.mark.parametrize("kind", BROWSERS)
def test_each_classic_mistake_gets_its_sentence(open_page, kind):
    """Code that makes the mistake is answered with one sentence and a link to what teaches it."""
    page = open_page(PAGE, before=BROWSERS[kind])
    assert sorted(CAUSES) == sorted(hint["id"] for hint in HINTS)
    wanted = {**{mistake: (mistake, code) for mistake, code in CAUSES.items()}, **VARIANTS}
    said = {}
    for name, (_, code) in wanted.items():
        target = run(page, 1, code)
        finish(page, 1)
        said[name] = [hint.get_attribute("data-hint") for hint in target.locator(".run-hint").all()]
    assert said == {name: [hint] for name, (hint, _) in wanted.items()}
    run(page, 1, "import asyncio, time\ntime.sleep(0.1)\nawait asyncio.sleep(0)\nprint('fine')")
    finish(page, 1)
    assert cell(page, 1).locator(".run-hint").count() == 0


def test_each_module_of_python_that_is_absent_has_its_sentence(page):
    """What cannot be imported here says why; but for internal modules that only their own system has."""
    code = (
        "import importlib, sys, warnings\nwarnings.simplefilter('ignore')\n"
        "for name in sorted(sys.stdlib_module_names - {'antigravity', 'this'}):\n"
        "    try:\n        importlib.import_module(name)\n"
        "    except ImportError as error:\n        print(f'{type(error).__name__}: {error}')"
    )
    target = run(page, 1, code)
    assert finish(page, 1) == "done"
    hints = [hint["error"] for hint in HINTS if hint["id"] in ("absent-module", "process")]
    absent = live_text(target).splitlines()
    assert "ModuleNotFoundError: No module named 'tkinter'" in absent
    internal = re.compile(r"'(_(aix|android|apple|ios|osx)_support|_pydecimal|pydoc_data)'")
    without = [error for error in absent if not any(re.search(hint, error) for hint in hints)]
    assert [error for error in without if not internal.search(error)] == []


@pytest.mark.parametrize("command", ["!pip install requests", "!python -m pip install x", "%pip install x"])
def test_pip_says_that_nothing_is_installed(page, command):
    """Jupyter's ways to install end with the reason and not with an error of the system."""
    target = run(page, 1, command)
    assert finish(page, 1) == "error"
    assert "This page installs nothing." in live_text(target)


def test_a_backspace_goes_back_and_a_bar_that_ends_in_a_return_is_overwritten(page):
    """As in a terminal, also when the parts come one by one."""
    target = run(
        page,
        1,
        "import asyncio\nfor sign in '|/-':\n    print(f'wait {sign}', end='\\b' * 6, flush=True)\n"
        "    await asyncio.sleep(0.1)\nprint('ready.')\nfor part in range(3):\n"
        "    print(f'{part} of 2', end='\\r', flush=True)\n    await asyncio.sleep(0.1)\nprint()",
    )
    assert finish(page, 1) == "done"
    assert live_text(target).splitlines() == ["ready.", "2 of 2"]


@pytest.mark.parametrize("hint", HINTS, ids=[hint["id"] for hint in HINTS])
def test_a_hint_links_to_the_section_it_names(hint):
    """The page and the place exist, and the link is called what the heading is."""
    name, _, place = hint["page"].partition("#")
    text = (SITE / name).read_text(encoding="utf8")
    heading = re.search(rf'<section id="{place}">.*?<h\d>(.*?)<a ', text, re.DOTALL)
    assert heading, hint["page"]
    plain = html.unescape(re.sub(r"<[^>]+>", "", heading[1]))
    assert plain.strip() == hint["title"].replace("`", "")


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_thread_is_an_error_and_not_a_lie(open_page, kind):
    """What needs a thread fails as on any Python without threads; nothing runs on the loop instead."""
    page = open_page(PAGE, before=BROWSERS[kind])
    loop = "asyncio.get_running_loop()"
    run(page, 1, f"import asyncio\nawait {loop}.run_in_executor(None, print, 'ran')")
    assert finish(page, 1) == "error"
    assert live_text(cell(page, 1)).splitlines()[-1] == "RuntimeError: can't start new thread"
    assert "ran\n" not in live_text(cell(page, 1))
    assert "overlap_page" not in live_text(cell(page, 1))  # its frames say nothing to the reader


def test_tabs_beside_spaces_are_an_error_with_a_place(page):
    """What Python finds before it compiles the cell names cell and line as well."""
    target = run(page, 1, "if 1:\n\tprint(1)\n        print(2)")
    assert finish(page, 1) == "error"
    assert "TabError in cell 1, line 3" in target.inner_text()
    assert "<string>" not in live_text(target)


@pytest.mark.parametrize("before", ["import asyncio\nawait asyncio.sleep(0)", "x = 0\nx += 1"])
def test_what_cannot_be_compiled_is_an_error_with_a_place(either_page, before):
    """Whether the cell awaits or not, Python's own words and the line are told, and nothing has run."""
    said = {
        "return 5": "'return' outside function",
        "break": "'break' outside loop",
        "yield": "'yield' outside function",
        "def f(a, a): pass": "duplicate argument 'a' in function definition",
        "nonlocal y": "nonlocal declaration not allowed at module level",
        "before = 1; global before": "name 'before' is assigned to before global declaration",
    }
    for code, message in said.items():
        target = run(either_page, 1, f"print('runs')\n{before}\n{code}")
        assert finish(either_page, 1) == "error"
        assert "SyntaxError in cell 1, line 4" in target.inner_text(), code
        assert message in live_text(target)
        assert "runs" not in live_text(target).splitlines()
    run(either_page, 1, f"{before}\nprint('fine')")
    assert finish(either_page, 1) == "done"


@pytest.mark.parametrize("code", ["sys.stdin.read()", "for line in sys.stdin:\n    print(line)"])
def test_reading_what_nobody_can_type_says_so(page, code):
    """A program that reads standard input ends with the reason."""
    target = run(page, 1, f"import sys\n{code}")
    assert finish(page, 1) == "error"
    assert "RuntimeError: sys.stdin has no input in a page." in live_text(target)


def test_the_failing_line_is_marked_without_colors_too(open_page):
    """Where the system replaces all colors, the line has an outline."""
    target = run(open_page(PAGE, forced_colors="active"), 1, "x = 1\n1 / 0")
    target.locator(".line-failed").wait_for()
    assert target.locator(".line-failed").evaluate("line => getComputedStyle(line).outlineStyle") == "solid"


@pytest.mark.parametrize(
    ("code", "said"),
    {
        "import sys\nsys.stdout = None": "printed\n",
        "get_ipython().run_cell = None": "TypeError: 'NoneType' object is not callable",
    }.items(),
)
def test_a_cell_that_breaks_the_kernel_does_not_hang_the_next(page, code, said):
    """The next cell ends, with its output or with what is broken."""
    run(page, 1, code)
    assert finish(page, 1) == "done"
    target = run(page, 1, "print('printed')")
    finish(page, 1)
    assert said in live_text(target)


GROUP = """import asyncio

async def route(city):
    await asyncio.sleep(0)
    raise ValueError(f"no route to {city}")

async def load(key):
    try:
        {}[key]
    except KeyError as error:
        raise RuntimeError("bad key") from error

async def inner():
    async with asyncio.TaskGroup() as group:
        group.create_task(route("Rome"))
        await asyncio.sleep(1)

async with asyncio.TaskGroup() as group:
    group.create_task(inner())
    try:
        await asyncio.sleep(1)
    finally:
        await load("x")
"""


def test_an_exception_group_is_a_tree(page):
    """Each exception of a group stands in a list: type, message, cell and line; causes below it."""
    target = run(page, 1, GROUP)
    assert finish(page, 1) == "error"
    tree = target.locator(".error-tree")
    lines = [" ".join(line.split()) for line in tree.inner_text().splitlines() if line.strip()]
    assert lines == [
        "ExceptionGroup: unhandled errors in a TaskGroup (cell 1, line 18), 2 exceptions in it",
        "ExceptionGroup: unhandled errors in a TaskGroup (cell 1, line 14), 1 exception in it",
        "ValueError: no route to Rome (cell 1, line 5)",
        "RuntimeError: bad key (cell 1, line 11)",
        "caused by: KeyError: 'x' (cell 1, line 9)",
        "while handling: CancelledError (cell 1, line 21)",
    ]
    target.get_by_text("Traceback as text").click()
    assert target.locator(".whole-traceback pre").is_visible()
    assert "+---------------- 1 ----------------" in live_text(target)


def test_a_large_group_opens_folded(page):
    """A hundred failures do not fill the page: groups inside are closed, and the rest is counted."""
    many = "ExceptionGroup(str(n), [ValueError(str(k)) for k in range(10)])"
    target = run(page, 1, f"raise ExceptionGroup('many', [{many} for n in range(12)])")
    assert finish(page, 1) == "error"
    tree = target.locator(".error-tree")
    assert tree.locator(":scope > li > details").get_attribute("open") is not None
    inner = tree.locator(":scope > li > details > ul > li > details")
    assert all(group.get_attribute("open") is None for group in inner.all())
    assert tree.locator(".error-node").count() <= 101
    assert "not shown here" in tree.text_content()
