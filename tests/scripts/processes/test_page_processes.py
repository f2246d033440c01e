"""What the page says of pools without showing a run of it."""

import subprocess

import pytest

from tests.scripts.conftest import pythons_since
from tools.running import TIME_LIMIT, interpreters

POOL_NEVER_NOTICES = """
import multiprocessing, os

def main():
    with multiprocessing.Pool(2) as pool:
        lost = pool.apply_async(os._exit, [1])
        try:
            lost.get(timeout=1)
        except multiprocessing.TimeoutError:
            print("no result and no error")

if __name__ == "__main__":
    main()
"""

KILL_WORKERS = """
import threading
from concurrent.futures import ProcessPoolExecutor

def main():
    pool = ProcessPoolExecutor(max_workers=1)
    endless = pool.submit(wait_for_ever)
    while not endless.running():
        pass
    pool.kill_workers()
    print(type(endless.exception()).__name__)

def wait_for_ever():
    threading.Event().wait()

if __name__ == "__main__":
    main()
"""

INITIALIZER_RAISES = """
import logging
from concurrent.futures import ProcessPoolExecutor

def main():
    logging.disable()
    with ProcessPoolExecutor(max_workers=1, initializer=int, initargs=["x"]) as pool:
        print(type(pool.submit(abs, 1).exception()).__name__)

if __name__ == "__main__":
    main()
"""

FORK_WITH_A_LIMIT = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def main():
    context = multiprocessing.get_context("fork")
    try:
        ProcessPoolExecutor(mp_context=context, max_tasks_per_child=1)
    except ValueError:
        print("not allowed")

if __name__ == "__main__":
    main()
"""

EVERY_PYTHON = [pytest.param(python, id=python.tag) for python in interpreters()]


def output_of(python, program, folder):
    """What a program prints on stdout."""
    script = folder / "program.py"
    script.write_text(program)
    return subprocess.run(
        [python.path, script], stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=True
    ).stdout.strip()


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_multiprocessing_pool_does_not_notice_a_crash(python, tmp_path):
    """Its result never comes, and neither does an error."""
    assert output_of(python, POOL_NEVER_NOTICES, tmp_path) == "no result and no error"


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_a_failing_initializer_breaks_the_pool(python, tmp_path):
    """The task that waits for it fails with BrokenProcessPool."""
    assert output_of(python, INITIALIZER_RAISES, tmp_path) == "BrokenProcessPool"


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_fork_is_not_allowed_with_a_limit_of_tasks(python, tmp_path):
    """max_tasks_per_child needs spawn or forkserver."""
    assert output_of(python, FORK_WITH_A_LIMIT, tmp_path) == "not allowed"


@pytest.mark.parametrize("python", pythons_since("3.14"))
def test_kill_workers_ends_running_work(python, tmp_path):
    """It is new in 3.14; the future then fails with BrokenProcessPool."""
    assert output_of(python, KILL_WORKERS, tmp_path) == "BrokenProcessPool"
