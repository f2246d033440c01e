"""What the page on testing says of pytest's settings, and of the fake clock with unittest."""

import re
import shutil
import subprocess

import pytest

from book.examples.scripts import ROOT, SCRIPTS
from tools.running import TIME_LIMIT, interpreters

PAGE = ROOT / "recipes" / "test-concurrent-code.md"

IN_REAL_TIME = """
import asyncio, time
from fake_clock_tests import now, run_fake

async def too_slow():
    async with asyncio.timeout(5):
        await asyncio.to_thread(time.sleep, 0.1)

try:
    run_fake(too_slow())
except TimeoutError:
    print("TimeoutError")

async def decades():
    for _ in range(40):
        await asyncio.sleep(365 * 86_400)
    return now()

print(run_fake(decades()) / 86_400)
"""

OPEN_SOCKET = """
import socket

def test_leaves_a_socket_open():
    socket.socket()
"""

HANG = """
import time

def test_hangs():
    time.sleep(60)
"""


def block_of(language, part=""):
    """The page's only block in this language, with this in it, that a reader saves."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    [block] = [one for one in blocks if part in one]
    return block


@pytest.fixture
def run_pytest(readers_pytest, tmp_path):
    """Run the tests of the page, or these, with these settings."""

    def run(settings, tests=None):
        tests = tests or block_of("python", "test_forgets_to_await")
        (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
        (tmp_path / "test_page.py").write_text(tests, encoding="utf-8")
        return readers_pytest()

    return run


def test_the_settings_make_silent_mistakes_fail(run_pytest):
    """One passes; the forgotten await and the thread's error fail."""
    out = run_pytest(block_of("toml"))
    assert "2 failed, 1 passed" in out
    assert "FAILED test_page.py::test_forgets_to_await" in out
    assert "FAILED test_page.py::test_ignores_what_the_thread_raised" in out


def test_without_the_settings_they_pass(run_pytest):
    """All three pass, with warnings only."""
    settings = block_of("toml").replace('filterwarnings = ["error"]\n', "")
    assert "3 passed" in run_pytest(settings)


def test_the_settings_find_an_open_socket(run_pytest):
    """It fails the run; without the settings it passes."""
    settings = block_of("toml")
    assert "unclosed <socket" in run_pytest(settings, OPEN_SOCKET)
    quiet = settings.replace('filterwarnings = ["error"]\n', "")
    assert "1 passed" in run_pytest(quiet, OPEN_SOCKET)


def test_a_hang_tells_where_and_can_end(run_pytest):
    """faulthandler_timeout prints the stack; faulthandler_exit_on_timeout ends the run."""
    settings = block_of("toml").replace("faulthandler_timeout = 60", "faulthandler_timeout = 0.5")
    out = run_pytest(settings + "faulthandler_exit_on_timeout = true\n", HANG)
    assert "Timeout (" in out
    assert "in test_hangs" in out
    assert "passed" not in out


def unittest_of_the_page(python, folder, hour="3600"):
    """Run the page's IsolatedAsyncioTestCase on this Python."""
    shutil.copy(SCRIPTS / "asyncio" / "fake_clock_tests.py", folder)
    text = block_of("python", "IsolatedAsyncioTestCase")
    text = text.replace("3600", hour)
    (folder / "test_hour.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [python.path, "-m", "unittest", "test_hour"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def test_unittest_takes_the_fake_clock(tmp_path):
    """loop_factory of IsolatedAsyncioTestCase, from Python 3.13 on; older ones ignore it."""
    for python in interpreters():
        if python.release >= (3, 13):
            assert unittest_of_the_page(python, tmp_path).returncode == 0
        else:
            done = unittest_of_the_page(python, tmp_path, hour="0.01")
            assert "FAILED (failures=1)" in done.stderr


def test_threads_and_decades_on_the_fake_clock(tmp_path):
    """The timeout strikes, on every Python; the clock does not stick at big numbers."""
    shutil.copy(SCRIPTS / "asyncio" / "fake_clock_tests.py", tmp_path)
    (tmp_path / "program.py").write_text(IN_REAL_TIME, encoding="utf-8")
    for python in interpreters():
        done = subprocess.run(
            [python.path, "program.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=True,
        )
        assert done.stdout.split() == ["TimeoutError", "14600.0"], python.tag
        assert not done.stderr
