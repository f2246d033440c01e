"""CPython's own tests of asyncio: on the page's loop, on the virtual loop, and with the tracer on.

Where a result differs from that on CPython's own loop, `expected.toml` says so, with the reason.
"""

import fnmatch
import functools
import json
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import LACKING_OWN_TESTS
from tests.loops import recording
from tests.loops.in_page import answer_of_page
from tests.unit.snapshot.test_snapshot import node  # noqa: F401
from tools.get_cpython_tests import PAGES, folder_of_tests, page_tests, version_of
from tools.running import Interpreter, interpreters

HERE = Path(__file__).parent
EXPECTED = tomllib.loads((HERE / "expected.toml").read_text("utf8"))

# Much of it waits; a busy machine takes minutes.
pytestmark = pytest.mark.timeout(600)

IN_PAGE = """
    from tests.loops.awaited_cases import run_all
    return await run_all("/mounted{tests}")
"""


@dataclass(frozen=True)
class Ran:
    """What the tests said: `rows` of results, `doubts` of the tracer about itself."""

    rows: dict[str, list[str]]
    doubts: list[list[str]]
    spans: int = 0


@functools.cache
def ran(python: Interpreter, mode: str) -> Ran:
    """Run CPython's tests in a Python of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python.path, "-B", str(HERE / "run_cpython_tests.py"), mode, str(folder_of_tests(python))],
            capture_output=True,
            text=True,
            timeout=560,
            cwd=folder,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return Ran(**json.loads(done.stdout.splitlines()[-1]))


def expected(mode: str, tag: str, names: set[str]) -> set[str]:
    """Return which tests are expected to differ."""
    patterns = [
        pattern
        for entry in EXPECTED.get(mode, [])
        if tag in entry.get("pythons", [tag])
        for pattern in entry["tests"]
    ]
    return {name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)}


def told(ran: Ran, names: set[str]) -> str:
    """Return what tests said, for those who read a failure."""
    doubts = dict(ran.doubts)
    return "\n\n".join(
        f"{name}: {ran.rows[name][0]}\n{doubts.get(name) or ran.rows[name][1][-1500:]}"
        for name in sorted(names)[:10]
    )


def compare(mode: str, tag: str, ran: Ran, differ: set[str]) -> None:
    """Fail when other tests differ than those of the list."""
    listed = expected(mode, tag, set(ran.rows))
    assert not differ - listed, f"These differ and are not expected to:\n\n{told(ran, differ - listed)}"
    assert not listed - differ, f"These are expected to differ and do not: {sorted(listed - differ)}"


def pythons() -> list:
    """One parameter for each Python here; `make test` takes that of the page, `make proof` all."""
    found = []
    for python in interpreters():
        marks = [] if python.tag == PAGES else [pytest.mark.proof]
        if folder_of_tests(python) is None:
            marks.append(pytest.mark.skip(reason=LACKING_OWN_TESTS.format(python.tag)))
        marks.append(pytest.mark.xdist_group(f"own-tests-{python.tag}"))
        found.append(pytest.param(python, id=python.tag, marks=marks))
    return found


@pytest.mark.parametrize("python", pythons())
def test_virtual_loop(python):
    """Nothing differs but sockets, threads, signals and the test loop's clock."""
    stock, virtual = ran(python, "stock"), ran(python, "virtual")
    assert virtual.rows.keys() == stock.rows.keys()
    differ = {name for name, row in virtual.rows.items() if row[0] != stock.rows[name][0]}
    compare("virtual", python.tag, virtual, differ)
    if python.tag == PAGES:
        recording.check("virtual", python.version, virtual.rows, differ)


@pytest.mark.parametrize("python", pythons())
def test_tracer(python):
    """No test changes its result when it is traced, and none makes the tracer doubt its picture."""
    stock, traced = ran(python, "stock"), ran(python, "traced")
    assert traced.rows.keys() == stock.rows.keys()
    assert traced.spans > 30_000
    differ = {name for name, row in traced.rows.items() if row[0] != stock.rows[name][0]}
    differ |= {name for name, _ in traced.doubts}
    compare("traced", python.tag, traced, differ)
    if python.tag == PAGES:
        recording.check("traced", python.version, traced.rows, differ)


@pytest.mark.skipif(page_tests() is None, reason=LACKING_OWN_TESTS.format(PAGES))
def test_page_loop(node):  # noqa: F811
    """On the page's loop, in the kernel that the site has, every async test case passes."""
    page = Ran(answer_of_page(node, IN_PAGE.format(tests=page_tests())), [])
    differ = {name for name, row in page.rows.items() if row[0] == "failed"}
    compare("page", PAGES, page, differ)
    recording.check("page", version_of(page_tests()), page.rows, differ)


def test_every_expectation_has_a_reason():
    """And all of them are about something that is tested."""
    assert set(EXPECTED) <= {"virtual", "traced", "page"}
    for entries in EXPECTED.values():
        for entry in entries:
            assert entry["reason"]
            assert entry["tests"]


def test_readme_says_what_was_recorded():
    recorded = json.loads(recording.RECORDING.read_text("utf8"))
    assert recording.sentence(recorded) in recording.README.read_text("utf8")
