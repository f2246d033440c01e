"""A kernel from the snapshot is the kernel that starts the usual way, and gives way to it."""

import re
from urllib.parse import urljoin

import pytest

from tools.browser import cell, edit_and_run, wait_for_state

from .conftest import KERNEL_LIST, PAGE, STARTS, WORKER
from .test_stop import BUSY, start_and_stop

# One cell each: what a reader may try in a kernel, beyond the cells of the pages.
TRIED = {
    "error": "def broken(x):\n    return 1 / x\n\nbroken(0)",
    "syntax error": "print(1\nprint(2)",
    "group": "raise ExceptionGroup('two', [ValueError(1), KeyError(2)])",
    "library error": "import json\njson.loads('{')",
    "rich": "from IPython.display import HTML, Markdown, display\n"
    "display(HTML('<b>bold</b>'), Markdown('**strong**'))\n{'a': 1}",
    "late modules": "import csv, difflib, fractions, sqlite3, zoneinfo, unittest\n"
    "print(sqlite3.connect(':memory:').execute('select 40 + 2').fetchone(), fractions.Fraction(1, 3))",
    "late data": "import pygments.lexers.css\nprint(pygments.lexers.css.CssLexer().name)",
    "task names": "import asyncio\n"
    "task = asyncio.create_task(asyncio.sleep(0))\n"
    "print(asyncio.current_task().get_name(), task.get_name())\nawait task",
    "run": "import asyncio\nasync def main():\n    return 42\nprint(asyncio.run(main()))",
    "never awaited": "import asyncio\nasyncio.sleep(1)\nprint('after')",
    "input": "input('name?')",
    "exit": "exit()",
    "names": "print(sorted(name for name in globals() if not name.startswith('_')))",
    "source": "import asyncio, inspect\nprint(inspect.getsource(asyncio.sleep).splitlines()[0])",
    "docstring": "import asyncio\nprint(asyncio.Semaphore.__doc__.splitlines()[0])",
    "warning": "import warnings\nwarnings.warn('careful')",
    "logging": "import logging\nlogging.warning('careful')",
}


# Where each is left, completion is asked for.
COMPLETED = ["import asyncio\nasyncio.ga", "import csv\ncsv.wr", "bro"]


def completions(page, code):
    """What the editor of cell 1 offers at the end of `code`."""
    target = cell(page, 1)
    target.locator(".cm-content").fill(code)
    target.locator(".cm-content").press("ControlOrMeta+End")
    page.keyboard.press("Control+Space")
    options = target.get_by_role("option")
    options.first.wait_for()
    offered = options.all_inner_texts()
    page.keyboard.press("Escape")
    options.first.wait_for(state="detached")
    return offered


def tell(page):
    """What all of TRIED and COMPLETED showed. Addresses and paths of one run are masked."""
    told = {}
    # What draws rich output comes with the first of it, and then stays.
    edit_and_run(page, 1, TRIED["rich"])
    cell(page, 1).get_by_text("bold", exact=True).wait_for()
    for name, code in TRIED.items():
        state, text = edit_and_run(page, 1, code)
        told[name] = [state, re.sub(r"0x[0-9a-f]+", "0x…", text)]
    for code in COMPLETED:
        told[code] = completions(page, code)
    told["stopped"] = ["Python raised KeyboardInterrupt there" in start_and_stop(page, BUSY["loop"])]
    told["after stop"] = edit_and_run(page, 1, "print('turns', turns > 0)")
    return told


@pytest.fixture(scope="module")
def told_by():
    """What each way of starting showed, as far as it has been asked."""
    return {}


# One group: the starts are compared with each other, also by parallel workers.
@pytest.mark.xdist_group("boots")
@pytest.mark.parametrize("start", STARTS)
def test_every_start_gives_the_same_python(open_page, told_by, start):
    """Errors, rich output, late imports, names and completion are the same, however Python started."""
    told = tell(open_page(PAGE, before=STARTS[start]))
    assert "ZeroDivisionError in cell 1, line 2" in told["error"][1]
    assert "(42,) 1/3" in told["late modules"][1]
    assert "<b>" not in told["rich"][1]
    assert "bold" in told["rich"][1]
    assert "CSS" in told["late data"][1]
    assert told["stopped"] == [True]
    assert told["after stop"] == ("done", "turns True\n")
    assert ["gather" in told[COMPLETED[0]], "broken" in told["bro"]] == [True, True]
    assert told == told_by.setdefault("first", told)


@pytest.mark.parametrize("start", ["snapshot", "usual-start-no-stack-switching"])
def test_a_package_of_this_site_can_be_installed(open_page, site, start):
    """micropip installs a pure-Python wheel, here one that the site carries for JupyterLite."""
    page = open_page(PAGE, before=STARTS[start])
    version = page.locator("[data-kernel-version]").get_attribute("data-kernel-version")
    listed = f"{site}_static/overlap/kernel-{version}.json"
    config = page.evaluate("url => fetch(url).then(r => r.json())", listed)
    address = urljoin(listed, config["lock"]["packages"]["parso"]["file_name"])
    state, text = edit_and_run(
        page, 1,
        f"import micropip\nawait micropip.install({address!r})\n"
        "import parso\nprint(parso.__name__, 'installed')",
    )  # fmt: skip
    assert (state, "parso installed" in text) == ("done", True), text


def test_two_kernels_do_not_repeat_each_other(open_page):
    """Random numbers, secrets and UUIDs of two restored kernels differ."""
    code = (
        "import random, secrets, uuid, os\n"
        "print(random.random(), random.Random().random(), secrets.token_hex(), uuid.uuid4(), "
        "uuid.uuid1(), os.urandom(8).hex())"
    )
    seen = []
    for _ in range(2):
        state, text = edit_and_run(open_page(PAGE), 1, code)
        assert state == "done"
        seen.append(text.split())
    assert [a == b for a, b in zip(*seen, strict=True)] == [False] * 6


def damaged(change):
    """A fault: the snapshot arrives, but not as it was published."""

    def fault(page):
        def handle(route):
            route.fulfill(body=change(bytearray(route.fetch().body())))

        page.context.route(re.compile(r"\.snapshot"), handle)

    return fault


def flip_a_byte(body):
    body[len(body) // 2] ^= 1
    return bytes(body)


def changed_config(change):
    """A fault: the list of files and the snapshot do not belong together, as after half a deploy."""

    def fault(page):
        def handle(route):
            config = route.fetch().json()
            change(config["snapshot"])
            route.fulfill(json=config)

        page.context.route(re.compile(KERNEL_LIST), handle)

    return fault


def in_worker(script):
    """A fault of the browser: `script` runs in the worker first."""

    def fault(page):
        def handle(route):
            response = route.fetch()
            route.fulfill(response=response, body=f"{script};\n{response.text()}")

        page.context.route(re.compile(WORKER), handle)

    return fault


NO_MEMORY = (
    "WebAssembly.Memory.prototype.grow = "
    "((grow, refused) => function (pages) {"
    " if (refused++ === 0) throw new RangeError('no memory'); return grow.call(this, pages); "
    "})(WebAssembly.Memory.prototype.grow, 0)"
)

SNAPSHOT_FAULTS = {
    "missing": lambda page: page.context.route(
        re.compile(r"\.snapshot"), lambda route: route.fulfill(status=404)
    ),
    "network": lambda page: page.context.route(re.compile(r"\.snapshot"), lambda route: route.abort()),
    "replaced by a sign-in page": lambda page: page.context.route(
        re.compile(r"\.snapshot"),
        lambda route: route.fulfill(body="<html>", content_type="text/html"),
    ),
    "a byte": damaged(flip_a_byte),
    "cut off": damaged(lambda body: bytes(body[:100_000])),
    "format": changed_config(lambda snapshot: snapshot.update(format=99)),
    "another build": changed_config(lambda snapshot: snapshot.update(staticEnd=1000)),
    "no memory": in_worker(NO_MEMORY),
    "no checksums": in_worker("Object.defineProperty(crypto, 'subtle', {value: undefined})"),
}


# These faults show when the start is under way, or in the middle of a file.
UNDER_WAY = ("a byte", "no memory")


@pytest.mark.parametrize("fault", SNAPSHOT_FAULTS)
def test_python_starts_the_usual_way_when_the_snapshot_is_no_use(open_page, fault):
    """Break the snapshot: the cell runs all the same, and the console says why it took longer.

    From the request on it is the usual start, whatever the fault was, so most do not wait for its end.
    """
    page = open_page(PAGE, before=SNAPSHOT_FAULTS[fault])
    page.watched.expect("console error: Failed to load resource")
    with page.expect_request(re.compile(r"python_stdlib\.zip")):
        cell(page, 1).get_by_role("button", name="Run", exact=True).click()
    if fault in UNDER_WAY:
        assert wait_for_state(page, 1, "failed", "done") == "done"
    assert any("Python starts without its snapshot" in line for line in page.watched.console)


def test_a_start_from_the_snapshot_asks_for_no_library_and_no_wheel(open_page):
    """What a reader waits for is the engine and the snapshot."""
    page = open_page(PAGE)
    cell(page, 1).get_by_role("button", name="Run", exact=True).click()
    assert wait_for_state(page, 1, "failed", "done") == "done"
    asked = [url for url in page.watched.requests if re.search(r"\.(whl|zip|snapshot)$", url)]
    assert len(asked) == 1
    assert asked[0].endswith(".snapshot")
