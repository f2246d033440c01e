import os
import re
import signal
import subprocess
import sys

import pytest


def test_a_kept_worker_grows(run):
    """Without a limit, one worker keeps the memory of all photos."""
    assert run.lines[0] == "max_tasks_per_child: None"
    assert [line.split()[-2] for line in run.lines[1:6]] == ["1", "2", "3", "4", "5"]


def test_a_fresh_worker_does_not(run):
    """With a limit of one task, each photo has a worker of its own."""
    assert run.lines[6] == "max_tasks_per_child: 1"
    assert [line.split()[-2] for line in run.lines[7:]] == ["1"] * 5


LIMIT_OF_TWO = """
from concurrent.futures import ProcessPoolExecutor

def main():
    with ProcessPoolExecutor(max_workers=1, max_tasks_per_child=2) as pool:
        print(*pool.map(abs, range(7)))

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ends a process group")
def test_a_limit_of_two_hangs_on_older_pythons(run, python, tmp_path):
    """gh-115634: everywhere before 3.13.15, and on 3.14 before 3.14.7."""
    release = tuple(map(int, re.findall(r"\d+", python.version)[:3]))
    hangs = release < (3, 13, 15) or (3, 14, 0) <= release < (3, 14, 7)
    script = tmp_path / "limit_of_two.py"
    script.write_text(LIMIT_OF_TWO)
    process = subprocess.Popen(
        [python.path, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        output, _ = process.communicate(timeout=3 if hangs else 60)
    except subprocess.TimeoutExpired:
        output = b""
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert output == (b"" if hangs else b"0 1 2 3 4 5 6\n")
