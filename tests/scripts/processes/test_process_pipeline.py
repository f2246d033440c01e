USE = """
import itertools
import multiprocessing
import os
from contextlib import closing

import process_pipeline as pipeline

read = []

def crash(number):
    os._exit(3)

def square(number):
    return number * number

def endless():
    for number in itertools.count():
        read.append(number)
        yield number

def broken():
    yield 1
    yield None
    raise OSError("disk")

def main():
    with closing(pipeline.results(square, range(500), workers=2)) as found:
        next(found)
    print("left early, workers left:", len(multiprocessing.active_children()))
    died = list(pipeline.results(crash, range(2), workers=2))
    print([type(done.error).__name__ for done in died])
    with closing(pipeline.results(square, endless(), workers=2)) as found:
        for number, _ in enumerate(found):
            if number == 50:
                break
    print("far ahead:", len(read) > 51 + 8)
    found = []
    try:
        for done in pipeline.results(square, broken(), workers=2):
            found.append(done.item)
    except OSError as error:
        print(error, len(found))

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


def test_it_ends_however_it_is_used(run, python, use_script):
    """Left early, with workers that crash, endless, and with a source that fails."""
    done = use_script(python, USE)
    assert done.stdout.splitlines() == [
        "left early, workers left: 0",
        "['WorkerDied', 'WorkerDied']",
        "far ahead: False",
        "disk 2",
    ]
