"""What holds for every test: how it is found by a page's name, and what the last lines of a run say.

``-k notebooks/threads`` finds what is about that page: the tests whose id names it (browser and build),
those of the scripts that it shows, and ``test_page_threads.py``; ``-k threads/worker_pool`` what is about
that script.
"""

import functools
import re
import signal
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tools.running import missing_sentence

ROOT = Path(__file__).parents[1]
SCRIPT_TESTS = ROOT / "tests" / "scripts"
PAGES = [
    page
    for folder in ("notebooks", "recipes", "reference", "concepts")
    for page in sorted((ROOT / folder).glob("*.md"))
]

SHOWN = re.compile(r"^ *(?:`{3,}|:{3,})\{script\} (\S+)\.py", re.MULTILINE)

# A test that fails is tried again where pages have real timers. This often in a whole run, and no more.
MOST_RERUNS = 3

# The reason that a test gives when it is skipped because a Python is missing here.
LACKING = "needs Python {} or newer"
# The same for CPython's own tests, which Debian's Pythons come without.
LACKING_OWN_TESTS = "needs CPython {}'s own tests; python -m tools.get_cpython_tests may get them"
LACKED_OWN_TESTS = re.compile(LACKING_OWN_TESTS.format(r"(3\.\d+t?)"))
LACKED = re.compile(LACKING.format(r"(3\.\d+)"))
# The same for a browser.
LACKING_ENGINE = "needs {}, which can be driven"
LACKED_ENGINE = re.compile(LACKING_ENGINE.format(r"(\w+)"))


@functools.cache
def pages_by_script() -> dict[str, set[str]]:
    """The pages that show a script, such as ``threads/pool`` on ``notebooks/threads``."""
    found = defaultdict(set)
    for page in PAGES:
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        for script in SHOWN.findall(page.read_text("utf8")):
            found[script].add(name)
        # tests/scripts/…/test_page_the_gil.py is about the-gil.md.
        found[f"page_{page.stem.replace('-', '_')}"].add(name)
    return found


def subjects(item: pytest.Item) -> set[str]:
    """The scripts that a test below tests/scripts is about, and the pages that show them."""
    if SCRIPT_TESTS not in item.path.parents:
        return set()
    stem = item.path.stem.removeprefix("test_")
    scripts = {stem, f"{item.path.parent.name}/{stem}"}
    for value in getattr(getattr(item, "callspec", None), "params", {}).values():
        if isinstance(value, Path):
            scripts.add(f"{value.parent.name}/{value.stem.partition('.')[0]}")
    return scripts.union(*(pages_by_script().get(script, ()) for script in scripts))


def pytest_configure() -> None:
    """Hear Ctrl-C, also where a run was started in the background: scripts inherit what it ignores."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]):
    """Let ``-k`` find the tests of a page, or of a script, by its name; keep groups together."""
    for item in items:
        item.extra_keyword_matches.update(subjects(item))
    result = yield
    # xdist 3.8 says the group at the end of an id that pytest 9.2 no longer reads, and then no group holds:
    # https://github.com/pytest-dev/pytest-xdist/issues/1386
    if config.getoption("loadgroup", False):
        for item in items:
            told = getattr(item, "_nodeid", item.nodeid)
            if told != item.nodeid:
                item._id = type(item.id).parse(told)
    return result


def reruns(config: pytest.Config) -> int | None:
    """How many tests were tried again; None if this run tries none again, or is a worker of a run."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(config, "workerinput") or terminal is None or not config.getoption("reruns", None):
        return None
    return len(terminal.stats.get("rerun", []))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that had to try too much again."""
    if (reruns(session.config) or 0) > MOST_RERUNS and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def closing_lines(config: pytest.Config, skipped: list[str]) -> list[str]:
    """What a reader of a green run must still know."""
    lines = []
    lacking = Counter(found[1] for reason in skipped if (found := LACKED.search(reason)))
    for release, count in sorted(lacking.items()):
        tests = "test needs" if count == 1 else "tests need"
        lines.append(f"Not run here: {count} {tests} Python {release} or newer, which this machine lacks.")
    lacking = Counter(found[1] for reason in skipped if (found := LACKED_OWN_TESTS.search(reason)))
    for release, count in sorted(lacking.items()):
        lines.append(
            f"Not run here: CPython {release}'s own tests of asyncio, {count} runs; this machine lacks them."
        )
    lacking = Counter(found[1] for reason in skipped if (found := LACKED_ENGINE.search(reason)))
    for engine, count in sorted(lacking.items()):
        lines.append(
            f"Not run here: {count} tests in {engine}, which this machine lacks or cannot drive. "
            "python tools/find_browser.py --install may get it."
        )
    if (count := reruns(config)) is not None:
        too_many = f". More than {MOST_RERUNS} fail the run: find the causes" if count > MOST_RERUNS else ""
        lines.append(f"Reruns: {count}{too_many}")
    return lines


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter):
    """Write the closing lines after everything else but pytest's own last line."""
    result = yield
    skipped = [
        str(report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    ]
    ran = [getattr(report, "nodeid", "") for reports in terminalreporter.stats.values() for report in reports]
    if any(name.startswith("tests/scripts/") for name in ran) and (sentence := missing_sentence()):
        terminalreporter.write_line(sentence)
    for line in closing_lines(terminalreporter.config, skipped):
        terminalreporter.write_line(line)
    return result
