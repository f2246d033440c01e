"""Threads in an extension that keeps the GIL (re) take turns."""

# verdict: take turns on one core
# line: re.match(r"(a+)+$", "a" * 20 + "b")

import re
from concurrent.futures import ThreadPoolExecutor


def check(_):
    re.match(r"(a+)+$", "a" * 20 + "b")


with ThreadPoolExecutor(3) as pool:
    list(pool.map(check, range(15)))
