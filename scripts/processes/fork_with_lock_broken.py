# /// script
# requires-python = ">=3.11"
# ///
"""Fork while another thread holds a lock.

Run it: python fork_with_lock_broken.py
"""
import multiprocessing
import threading
import warnings

warnings.simplefilter("always")  # Python 3.12+ warns, but hides it

# [fork]
lock = threading.Lock()
lock_held, child_done = threading.Event(), threading.Event()


def write_log():
    with lock:  # as the logging module does for each message
        lock_held.set()
        child_done.wait()


def shrink():
    print("the worker got the lock:", lock.acquire(timeout=1))


def main():
    logger = threading.Thread(target=write_log)
    logger.start()
    lock_held.wait()
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=shrink)
    worker.start()
    worker.join()
    child_done.set()
    logger.join()
# [/fork]


if __name__ == "__main__":
    main()
