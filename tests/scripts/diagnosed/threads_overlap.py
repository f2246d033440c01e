"""Nothing: a pool of eight threads overlaps."""

# verdict: It waits, and overlaps
# line: time.sleep(0.2)

import time
from concurrent.futures import ThreadPoolExecutor


def fetch(page):
    time.sleep(0.2)


with ThreadPoolExecutor(8) as pool:
    list(pool.map(fetch, range(48)))
