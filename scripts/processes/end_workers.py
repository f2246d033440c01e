# /// script
# requires-python = ">=3.14"
# ///
"""End the workers of a pool, and break a pool of interpreters (3.14).

Run it: python end_workers.py
"""

import logging
import multiprocessing
import threading
from concurrent import futures
from concurrent.futures.interpreter import BrokenInterpreterPool


# [end]
def wait_for_ever(begun):
    begun.set()
    threading.Event().wait()  # nobody sets it


def end(how):
    """Submit a call that never returns, and end its worker."""
    with multiprocessing.Manager() as manager:
        begun = manager.Event()
        with futures.ProcessPoolExecutor(max_workers=1) as pool:
            call = pool.submit(wait_for_ever, begun)
            begun.wait()  # it runs now
            how(pool)
            error = call.exception()
    return f"{how.__name__}: {type(error).__name__}"


def end_both_ways():
    print(end(futures.ProcessPoolExecutor.terminate_workers))
    print(end(futures.ProcessPoolExecutor.kill_workers))
# [/end]


# [interpreters]
def connect():
    raise ConnectionError("no database")


def broken():
    """An initializer that fails breaks a pool of interpreters too."""
    logging.disable()  # the pool logs the initializer's error
    with futures.InterpreterPoolExecutor(initializer=connect) as pool:
        try:
            pool.submit(len, "soup").result()
        except BrokenInterpreterPool as error:
            return type(error).__name__
# [/interpreters]


def main():
    end_both_ways()
    print("initializer failed:", broken())


if __name__ == "__main__":
    main()
