"""A semaphore of two in front of twelve threads."""

# verdict: It waits for its own limit
# line: with limit:

import threading
import time
from concurrent.futures import ThreadPoolExecutor

limit = threading.Semaphore(2)


def work(_):
    with limit:
        time.sleep(0.15)


with ThreadPoolExecutor(12) as pool:
    list(pool.map(work, range(18)))
