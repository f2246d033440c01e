# /// script
# requires-python = ">=3.11"
# ///
"""A thread sleeps 5 ms. How late does it wake up beside another one?

Run it: python late_wakeups.py
"""
import hashlib
import re
import statistics
import sys
import threading
import time

PHOTO = bytes(4_000_000)


# [others]
def python_code():
    for number in range(10_000):
        number * number


def c_code_that_keeps_the_gil():
    sum(range(3_000_000))


def slow_pattern_in_re():
    re.match("(a+)+b", "a" * 19)


def c_code_that_releases_it():
    hashlib.sha256(PHOTO).digest()
# [/others]


def late(other, interval=0.005):
    """Milliseconds (median of 20) by which a sleeper wakes too late.

    `other` runs again and again in a second thread; None: no thread.
    """
    def keep_working():
        while not stop.is_set():
            other()

    stop = threading.Event()
    worker = threading.Thread(target=keep_working)
    sys.setswitchinterval(interval)
    if other:
        worker.start()
    times = []
    for _ in range(20):
        start = time.perf_counter()
        time.sleep(0.005)
        times.append(time.perf_counter() - start - 0.005)
    stop.set()
    if other:
        worker.join()
    return 1000 * statistics.median(times)


def main():
    for beside, other, interval in [
        ("nothing", None, 0.005),
        ("Python code", python_code, 0.005),
        ("Python code, interval 1 ms", python_code, 0.001),
        ("C code that keeps the GIL", c_code_that_keeps_the_gil, 0.005),
        ("slow pattern in re", slow_pattern_in_re, 0.005),
        ("C code that releases it", c_code_that_releases_it, 0.005),
    ]:
        print(f"{beside:27} {late(other, interval):6.2f} ms late")


if __name__ == "__main__":
    main()
