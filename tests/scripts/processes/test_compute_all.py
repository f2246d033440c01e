import os
import re
import signal
import subprocess
import sys
import time

import pytest

from book.examples.scripts import ROOT, SCRIPTS, Script
from tools.running import TIME_LIMIT

PAGE = ROOT / "recipes" / "parallelize-cpu-work-across-processes.md"

RUN_TESTS = """
import shown

if __name__ == "__main__":
    shown.test_an_error_and_a_crash_cost_one_item_each()
    print("passed")
"""

HANGS = """
import threading, time
from compute_all import compute_all

def hang(number):
    if number == 1:
        threading.Event().wait()
    return number

def main():
    for limit in 2, 10, 50:  # a busy machine needs longer to start workers
        start = time.monotonic()
        results = list(compute_all(hang, [0, 1, 2, 3], workers=2, total_timeout=limit))
        took = time.monotonic() - start
        if sum(done.error is None for done in results) == 3:
            break
    for done in results:
        print(done.item, repr(done.error))
    unpicklable = compute_all(lambda number: number, [0], total_timeout=20)[0]
    print("cannot be pickled:", "lambda" in str(unpicklable.error))
    print(limit <= took < limit + 30)

if __name__ == "__main__":
    main()
"""

INTERRUPTED = """
import sys, time
from compute_all import compute_all

def slow(number):
    time.sleep(0.2)
    return number

def report(outcome):
    done.append(outcome.value)
    print("going", flush=True)

done = []
if __name__ == "__main__":
    try:
        compute_all(slow, range(1000), workers=2, report=report)
    except KeyboardInterrupt:
        print("interrupted", 0 < len(done) < 100)
"""


def prepare(folder, name, text):
    served = Script(SCRIPTS / "processes" / "compute_all.py").served
    (folder / "compute_all.py").write_text(served, encoding="utf-8")
    (folder / f"{name}.py").write_text(text)
    return folder / f"{name}.py"


def output_of(python, program):
    return subprocess.run(
        [python.path, program],
        cwd=program.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    ).stdout


def test_each_item_has_its_outcome(run):
    """The negative limit is an error, 13 kills its worker, all others have their number."""
    assert run.lines == [
        "primes below 20000: 2262",
        "primes below 30000: 3245",
        "primes below -1: ValueError('limit is negative')",
        "primes below 40000: 4203",
        "primes below 13: WorkerDied('exit code 1')",
        "primes below 10000: 1229",
        "primes below 50000: 5133",
        "primes below 100: 25",
    ]


def test_the_test_shown_on_the_page_passes(run, python, tmp_path):
    """It is run word for word, as a module of its own."""
    shown = re.search(r"```python\n(import os\nfrom compute_all.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "shown.py").write_text(shown[1])
    assert output_of(python, prepare(tmp_path, "program", RUN_TESTS)) == "passed\n"


def test_what_hangs_is_killed_and_said(run, python, tmp_path):
    """The total limit ends a task that never returns; a lambda is an error, not a hang."""
    lines = output_of(python, prepare(tmp_path, "program", HANGS)).splitlines()
    assert lines == [
        "0 None",
        "1 NotDone('the batch ended before 1 did')",
        "2 None",
        "3 None",
        "cannot be pickled: True",
        "True",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_ctrl_c_ends_all_processes_without_a_word(run, python, tmp_path):
    """SIGINT to all processes: no traceback, results so far are kept, nothing is left."""
    program = prepare(tmp_path, "program", INTERRUPTED)
    with subprocess.Popen(
        [python.path, program],
        cwd=tmp_path,
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        for _ in range(6):  # then both workers are at work
            assert process.stdout.readline() == "going\n"
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read().replace("going\n", "")
    assert rest == "interrupted True\n"
    assert process.returncode == 0
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)  # helper processes need a moment to go
    pytest.fail("a process is left")
