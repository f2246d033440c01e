# /// script
# requires-python = ">=3.11"
# ///
"""Four threads fill a cache, and hold its lock for a moment.

Run it: python cache_lock_fixed.py
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

cache = {}
lock = threading.Lock()


def fetch(page):
    time.sleep(0.1)  # the request
    return f"text of {page}"


def fill(page):
    text = fetch(page)
    with lock:
        cache[page] = text


def main():
    with ThreadPoolExecutor(4, "worker") as pool:
        list(pool.map(fill, range(4)))
    print("Cached pages:", sorted(cache))


if __name__ == "__main__":
    main()
