# /// script
# requires-python = ">=3.11"
# ///
"""What a pool raises: cancelled, too late, broken.

Run it: python pool_errors.py
"""

import logging
import threading
from concurrent import futures


# [late]
def hold(begun, door):
    begun.set()
    door.wait()


def cancelled_and_late():
    """One call that runs, one that waits behind it."""
    begun, door = threading.Event(), threading.Event()
    with futures.ThreadPoolExecutor(max_workers=1) as pool:
        calls = [pool.submit(hold, begun, door) for _ in range(2)]
        runs, waits = calls
        begun.wait()
        try:
            runs.result(timeout=0.01)
        except futures.TimeoutError as error:
            print("result():", type(error).__name__)
        print("cancel() of the running one:", runs.cancel())
        print("cancel() of the waiting one:", waits.cancel())
        try:
            waits.result()
        except futures.CancelledError as error:
            print("result():", type(error).__name__)
        door.set()
        finished = futures.wait(calls)
        print("wait():", len(finished.done), "done")
    try:
        pool.submit(print)
    except RuntimeError as error:
        print("submit():", error)
# [/late]


# [broken]
def connect():
    raise ConnectionError("no database")


def broken():
    """An initializer that fails breaks the pool for good."""
    logging.disable()  # the pool logs the initializer's error
    with futures.ThreadPoolExecutor(initializer=connect) as pool:
        try:
            pool.submit(print).result()
        except futures.thread.BrokenThreadPool as error:
            kind = isinstance(error, futures.BrokenExecutor)
            print("result():", type(error).__name__, kind)
# [/broken]


def main():
    cancelled_and_late()
    broken()


if __name__ == "__main__":
    main()
