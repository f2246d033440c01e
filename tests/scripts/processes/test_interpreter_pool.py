import re
import subprocess

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS
from tools.running import interpreters

WITH_INTERPRETERS = [
    pytest.param(python, id=python.tag) for python in interpreters() if python.release >= (3, 14)
]
UNGUARDED = """
from concurrent.futures import InterpreterPoolExecutor

FACTOR = 3

def scaled(x):
    return x * {factor}

print("imported")
with InterpreterPoolExecutor(1) as pool:
    print(list(pool.map(scaled, [1, 2])))
"""


def rows(text):
    """Seconds, whose process, and entries in main's list, by executor."""
    pattern = r"(\w+)\(2\): (\d+\.\d{3}) s, process: (\w+), in my list: (\d+)"
    return {
        name: (float(seconds), process, int(counted))
        for name, seconds, process, counted in re.findall(pattern, text)
    }


def test_threads_share_interpreters_and_processes_do_not(run):
    """Threads and interpreters run in this process; only threads fill main's list."""
    shown = {name: row[1:] for name, row in rows(run.text).items()}
    assert shown == {
        "ThreadPoolExecutor": ("this", 10),
        "InterpreterPoolExecutor": ("this", 0),
        "ProcessPoolExecutor": ("others", 0),
    }


def test_the_recorded_interpreters_use_both_cores():
    """On a standard build: no gain in threads, clearly less time in two interpreters. A
    recording made while the machine was busy with something else fails here."""
    recording = Recording.read(SCRIPTS / "processes" / "interpreter_pool.out")
    assert recording.build == "CPython"
    loop = float(re.match(r"in a loop: (\d+\.\d{3}) s", recording.text)[1])
    shown = rows(recording.text)
    assert shown["ThreadPoolExecutor"][0] >= 0.85 * loop
    assert shown["InterpreterPoolExecutor"][0] <= 0.7 * loop
    assert shown["ProcessPoolExecutor"][0] <= 0.7 * loop


@pytest.mark.parametrize("python", WITH_INTERPRETERS)
@pytest.mark.parametrize(("factor", "error"), [("3", ""), ("FACTOR", "NotShareableError")])
def test_the_guard_is_needed_with_a_global_of_the_file(tmp_path, python, factor, error):
    """Then the interpreter imports the file, and would start a pool of its own; else it does not."""
    file = tmp_path / "unguarded.py"
    file.write_text(UNGUARDED.format(factor=factor))
    done = subprocess.run([python.path, file], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.count("imported") > 1) == bool(error)
    assert error in done.stdout + done.stderr
    assert done.stderr == "" or error
