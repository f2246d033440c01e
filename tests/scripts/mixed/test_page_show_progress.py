"""What the page on progress says of terminals, and the tests it hands out."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from book.examples.scripts import ROOT, SCRIPTS, Script
from tools.running import TIME_LIMIT, recipes

PAGE = ROOT / "recipes" / "show-progress.md"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty")
@pytest.mark.parametrize(
    "name", ["threads/progress_in_threads", "asyncio/progress_in_async", "processes/progress_in_processes"]
)
def test_a_terminal_shows_a_bar_and_stdout_stays_clean(name, tmp_path):
    """stderr is a terminal, stdout a file: the bar is in the one, the results in the other."""
    import termios  # not on Windows

    served = tmp_path / "program.py"
    served.write_text(Script(SCRIPTS / f"{name}.py").served, encoding="utf-8")
    terminal, its_end = os.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    with open(tmp_path / "results.txt", "w+", encoding="utf-8") as results:
        program = subprocess.Popen(
            [recipes().path, served],
            stdout=results,
            stderr=its_end,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
        )
        os.close(its_end)
        drawn = b""
        while part := read(terminal):
            drawn += part
        os.close(terminal)
        assert program.wait(TIME_LIMIT) == 0
        results.seek(0)
        printed = results.read()
    assert b"photos" in drawn
    assert b"100%" in drawn
    assert "photos" not in printed
    assert len(printed.splitlines()) == 4


def read(terminal):
    """The next bytes; none when the program has closed its end."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_the_tests_on_the_page_pass_for_a_reader(readers_pytest, tmp_path):
    """Saved beside the script and run with pytest."""
    [block] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    shutil.copy(SCRIPTS / "threads" / "progress_in_threads.py", tmp_path)
    (tmp_path / "test_progress.py").write_text(block, encoding="utf-8")
    printed = readers_pytest()
    assert "2 passed" in printed, printed


INTERRUPTED = """
import asyncio, os, signal, threading
import {name} as page

def interrupt_us(number):
    calls.append(number)
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(0.2)

async def interrupt_us_async(number):
    calls.append(number)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.Event().wait()

calls = []
try:
    {call}
except KeyboardInterrupt:
    print(len(calls))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill would end the program on Windows")
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("threads/progress_in_threads", "page.call_all(interrupt_us, range(50), workers=1)"),
        ("asyncio/progress_in_async", "asyncio.run(page.await_all(interrupt_us_async, range(50), limit=1))"),
    ],
)
def test_ctrl_c_begins_nothing_new(name, call, tmp_path):
    """One call runs when Ctrl-C comes; hardly any other begins."""
    script = SCRIPTS / f"{name}.py"
    (tmp_path / script.name).write_text(Script(script).served, encoding="utf-8")
    (tmp_path / "use.py").write_text(INTERRUPTED.format(name=script.stem, call=call), encoding="utf-8")
    done = subprocess.run(
        [recipes().path, "use.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert int(done.stdout) < 10
