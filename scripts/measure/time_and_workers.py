# /// script
# requires-python = ">=3.11"
# ///
"""Which CPU time does the shell's `time` see, if workers compute?

Run it: python time_and_workers.py
"""
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor


def add_squares(count):
    return sum(number * number for number in range(count))


# [see]
def compute(method):
    """The program to be timed: two workers compute."""
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(add_squares, [5_000_000] * 2))


def seen_by_time(method):
    """CPU seconds of a program that has ended, as `time` reads them."""
    before = os.times()
    subprocess.run([sys.executable, __file__, method], check=True)
    after = os.times()
    return (
        after.children_user - before.children_user
        + after.children_system - before.children_system
    )
# [/see]


def main():
    if method := "".join(sys.argv[1:]):
        return compute(method)
    for method in sorted(multiprocessing.get_all_start_methods()):
        print(f"{method:10}  user + sys {seen_by_time(method):.2f} s")


if __name__ == "__main__":
    main()
