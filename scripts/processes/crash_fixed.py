# /// script
# requires-python = ">=3.11"
# ///
"""A worker dies; find the guilty photo and finish all the others.

Run it: python crash_fixed.py
"""
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def shrink(photo):
    if photo == "photo-3":
        os._exit(1)  # stands for a crash in C code: no exception
    time.sleep(0.1)  # stands for work
    return "shrunk"


# [recover]
def shrink_together(photos):
    """The results there are; a crash ends it early."""
    results = {}
    try:
        with ProcessPoolExecutor(max_workers=2) as pool:
            for photo, result in zip(photos, pool.map(shrink, photos)):
                results[photo] = result
    except BrokenProcessPool:
        pass
    return results


def shrink_alone(photo):
    """One photo in a pool of its own: no innocent victims."""
    try:
        with ProcessPoolExecutor(max_workers=1) as pool:
            return pool.submit(shrink, photo).result()
    except BrokenProcessPool:
        return "crashed its worker"


def shrink_all(photos):
    results = shrink_together(photos)
    for photo in photos:
        if photo not in results:
            results[photo] = shrink_alone(photo)
    return results
# [/recover]


def main():
    photos = [f"photo-{number}" for number in range(1, 9)]
    for photo, result in shrink_all(photos).items():
        print(f"{photo}: {result}")


if __name__ == "__main__":
    main()
