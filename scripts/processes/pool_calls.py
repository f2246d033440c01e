# /// script
# requires-python = ">=3.11"
# ///
"""The calls of multiprocessing.Pool, each once.

Run it: python pool_calls.py
"""

import time
from multiprocessing import Pool


def shrink(size):
    if size == 0:
        raise ValueError("no photo")
    return size // 2


def scale(size, factor):
    return size * factor


# [calls]
def calls(pool):
    print("map:", pool.map(shrink, [4, 6, 8], chunksize=2))
    print("starmap:", pool.starmap(scale, [(4, 2), (6, 3)]))
    print("imap:", *pool.imap(shrink, [4, 6, 8]))
    unordered = pool.imap_unordered(shrink, [4, 6, 8])
    print("imap_unordered:", *sorted(unordered))
    later = pool.apply_async(shrink, [10])
    print("get:", later.get(timeout=10), later.successful())
    failed = pool.apply_async(shrink, [0])
    failed.wait()  # raises nothing
    print("ready:", failed.ready(), failed.successful())
    try:
        failed.get()
    except ValueError as error:
        print("get raised:", error)


def main():
    with Pool(2) as pool:
        calls(pool)
        pool.close()  # no more jobs; else the block ends them
        pool.join()
    pool = Pool(1)
    pool.apply_async(time.sleep, [60])
    pool.terminate()  # at once
    pool.join()
    print("terminated")
# [/calls]


if __name__ == "__main__":
    main()
