"""What the page on testing says of pytest's settings, and of the fake clock with unittest."""

import re
import subprocess

from tools.running import ROOT, SCRIPTS, TIME_LIMIT, interpreters, recipes

PAGE = ROOT / "recipes" / "test-concurrent-code.md"

WITH_UNITTEST = """
import asyncio, sys, unittest
sys.path.insert(0, {folder!r})
from fake_clock_tests import FakeClock, now

class HourTest(unittest.IsolatedAsyncioTestCase):
    loop_factory = FakeClock

    async def test_an_hour(self):
        await asyncio.sleep(3600)
        self.assertEqual(now(), 3600)

unittest.main()
"""


def block_of(language):
    """The page's only block in this language that a reader saves."""
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return block


def run_pytest(folder, settings):
    """Run the tests of the page with these settings."""
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    (folder / "test_page.py").write_text(block_of("python"), encoding="utf-8")
    return subprocess.run(
        [recipes().path, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT, check=False,
    ).stdout


def test_the_settings_make_silent_mistakes_fail(tmp_path):
    """One passes; the forgotten await and the thread's error fail."""
    out = run_pytest(tmp_path, block_of("toml"))
    assert "2 failed, 1 passed" in out
    assert "FAILED test_page.py::test_forgets_to_await" in out
    assert "FAILED test_page.py::test_ignores_what_the_thread_raised" in out


def test_without_the_settings_they_pass(tmp_path):
    """All three pass, with warnings only."""
    settings = block_of("toml").replace('filterwarnings = ["error"]\n', "")
    assert "3 passed" in run_pytest(tmp_path, settings)


def test_unittest_takes_the_fake_clock(tmp_path):
    """loop_factory of IsolatedAsyncioTestCase, from Python 3.13 on."""
    for python in interpreters():
        if python.release >= (3, 13):
            program = tmp_path / "program.py"
            program.write_text(WITH_UNITTEST.format(folder=str(SCRIPTS / "asyncio")), encoding="utf-8")
            subprocess.run(
                [python.path, program], capture_output=True, timeout=TIME_LIMIT, check=True
            )
