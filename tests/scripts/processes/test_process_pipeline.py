import shutil
import subprocess

from book.examples.scripts import SCRIPTS
from tools.running import TIME_LIMIT

USE = """
import os
import process_pipeline as pipeline

def crash(todo, done):
    todo.get()
    os._exit(3)

def left_early():
    for item, value, error in pipeline.results(range(500)):
        return

def main():
    left_early()
    print("left early")
    pipeline.work = crash
    try:
        list(pipeline.results(range(500)))
    except pipeline.WorkerDied:
        print("WorkerDied")

if __name__ == "__main__":
    main()
"""


def test_each_item_gives_a_value_or_an_error(run):
    """The index that does not exist is an error of that item only."""
    assert run.lines == [
        "3: 9",
        "12: 144",
        "999: 998001",
        "1000: IndexError('list index out of range')",
    ]


def test_leaving_early_and_a_crash_end_it(run, python, tmp_path):
    """No hang: neither with workers that have more to do, nor with one that died."""
    shutil.copy(SCRIPTS / "processes" / "process_pipeline.py", tmp_path)
    (tmp_path / "use.py").write_text(USE)
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stdout.splitlines() == ["left early", "WorkerDied"]


READ_AHEAD = """
import itertools
import process_pipeline as pipeline

read = []

def endless():
    for number in itertools.count():
        read.append(number)
        yield number % 1000

def broken():
    yield 1
    yield None
    raise OSError("disk")

def main():
    for number, _ in enumerate(pipeline.results(endless())):
        if number == 50:
            break
    print("far ahead:", len(read) > 51 + 3 * pipeline.AHEAD + pipeline.WORKERS + 1)
    found = []
    try:
        found.extend(pipeline.results(broken()))
    except OSError as error:
        print(error, len(found))

if __name__ == "__main__":
    main()
"""


def test_an_endless_source_is_read_a_few_items_ahead_and_its_error_comes_out(run, python, tmp_path):
    """The queues hold the source back. `None` is an item, and what the source raises is not lost."""
    shutil.copy(SCRIPTS / "processes" / "process_pipeline.py", tmp_path)
    (tmp_path / "use.py").write_text(READ_AHEAD)
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stdout.splitlines() == ["far ahead: False", "disk 2"]
