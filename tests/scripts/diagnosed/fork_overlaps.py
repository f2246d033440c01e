"""Nothing: a pool of processes (fork) overlaps its waits."""

# verdict: It waits, and overlaps
# line: time.sleep(0.4)

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor


def fetch(page):
    time.sleep(0.4)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        list(pool.map(fetch, range(15)))
