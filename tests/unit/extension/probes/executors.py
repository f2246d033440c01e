"""What the executors of this Python do, as JSON; run by test_reference_tables.py as a program of its own.

python executors.py             the facts
python executors.py crash NAME  crash in C code inside a worker of this executor
python executors.py open NAME   start a pool without asking whether this is __main__
"""

import concurrent.futures
import json
import multiprocessing
import os
import sys
import threading

NAMES = ["ThreadPoolExecutor", "ProcessPoolExecutor", "InterpreterPoolExecutor"]
marks = []


def executor(name, **options):
    if name == "ProcessPoolExecutor":  # what is true everywhere, not only where processes fork
        options.setdefault("mp_context", multiprocessing.get_context("spawn"))
    return getattr(concurrent.futures, name)(**options)


def interpreter_id():
    try:
        from concurrent import interpreters
    except ImportError:
        return 0
    return interpreters.get_current().id


def owns_its_gil():
    """Whether this interpreter has a GIL of its own; the main one has one by nature."""
    import _interpreters

    return _interpreters.get_config(_interpreters.get_current()[0]).gil == "own"


def who_am_i():
    in_main = threading.current_thread() is threading.main_thread()
    return os.getpid(), interpreter_id(), in_main


def leave_a_mark():
    marks.append("here")


def give_back(thing):
    return thing


def first_byte(view):
    return view[0]


def crash():
    import ctypes

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)


def count_submissions(name):
    """How many calls `map` submits for ten items in chunks of five."""
    with executor(name, max_workers=1) as pool:
        submit, submitted = pool.submit, []
        pool.submit = lambda *call: submitted.append(call) or submit(*call)
        assert list(pool.map(give_back, range(10), chunksize=5)) == list(range(10))
    return len(submitted)


def facts(name):
    """What the rows of the table say, observed."""
    thing = ["a", "list"]
    with executor(name, max_workers=1) as pool:
        pid, interpreter, in_main = pool.submit(who_am_i).result()
        pool.submit(leave_a_mark).result()
        same = pool.submit(give_back, thing).result() is thing
        try:
            shared = pool.submit(first_byte, memoryview(b"abc")).result() == 97
        except TypeError:
            shared = False  # it cannot be pickled
        own_gil = pool.submit(owns_its_gil).result() if name == NAMES[2] else pid != os.getpid()
    with executor(name) as pool:
        workers = pool._max_workers
    return {
        "same process": pid == os.getpid(),
        "same interpreter": interpreter == interpreter_id(),
        "main thread of its process": in_main,
        "own GIL": own_gil,
        "sees its globals changed": bool(marks),
        "gets the same object": same,
        "takes a memoryview": shared,
        "workers": workers,
        "can end workers": hasattr(pool, "kill_workers") and hasattr(pool, "terminate_workers"),
        "submissions": count_submissions(name),
    }


def main():
    found = {}
    for name in NAMES:
        if hasattr(concurrent.futures, name):
            marks.clear()
            found[name] = facts(name)
    print(json.dumps(found))


if sys.argv[1:2] == ["open"]:
    with executor(sys.argv[2], max_workers=1) as pool:
        print(pool.submit(give_back, "no guard needed").result())
elif __name__ == "__main__":
    if sys.argv[1:2] == ["crash"]:
        with executor(sys.argv[2], max_workers=1) as pool:
            error = pool.submit(crash).exception()
        print(type(error).__name__)
    else:
        main()
