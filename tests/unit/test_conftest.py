"""How a run of the tests is told and divided: tests/conftest.py, in runs of its own."""

import os
import shutil
import subprocess
import sys

import pytest

from tools.running import ROOT


@pytest.fixture
def run_tests(tmp_path):
    """Run some test code below our conftest.py, in two workers; returns the exit status and the lines."""
    folder = tmp_path / "tests"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def run(code, *options):
        (folder / "test_it.py").write_text(code)
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *options, "tests"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()

    return run


GROUP = """
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(20))
def test_it(number):
    pass
"""


def test_a_group_has_one_worker(run_tests):
    """What tests share is made once, although tests run in several workers."""
    status, lines = run_tests(GROUP, "-v")
    workers = {line.split("]")[0] for line in lines if "PASSED" in line}
    assert (status, len(workers)) == (0, 1), lines


FAIL_ONCE = """
import pytest

seen = set()

@pytest.mark.parametrize("number", range({tests}))
def test_it(number):
    if number not in seen:
        seen.add(number)
        pytest.fail("once")
"""


@pytest.mark.parametrize(
    ("tests", "status", "said"),
    [
        (0, 5, "Reruns: 0"),
        (3, 0, "Reruns: 3"),
        (4, 1, "Reruns: 4. More than 3 fail the run: find the causes"),
    ],
)
def test_reruns_are_counted_and_too_many_fail_the_run(run_tests, tests, status, said):
    """The line stands just above pytest's own last one."""
    found, lines = run_tests(FAIL_ONCE.format(tests=tests) if tests else "", "--reruns", "1")
    assert (found, lines[-2]) == (status, said), lines
    assert tests == 0 or f"{tests} passed, {tests} rerun" in lines[-1]


LACK = """
import pytest
from tests.conftest import LACKING

@pytest.mark.parametrize("number", range(2))
@pytest.mark.skip(reason=LACKING.format("3.99"))
def test_it(number):
    pass
"""


def test_what_a_missing_python_leaves_out_is_said(run_tests):
    """Also when it was skipped in a worker."""
    status, lines = run_tests(LACK)
    assert status == 0
    assert lines[-2] == "Not run here: 2 tests need Python 3.99 or newer, which this machine lacks."
    assert "2 skipped" in lines[-1]
