# /// script
# requires-python = ">=3.11"
# ///
"""One worker dies, and the whole pool is broken.

Run it: python crash_broken.py
"""
import os
import time
from concurrent.futures import ProcessPoolExecutor


# [crash]
def shrink(photo):
    if photo == "photo-3":
        os._exit(1)  # stands for a crash in C code: no exception
    time.sleep(0.1)  # stands for work
    return "shrunk"


def main():
    photos = [f"photo-{number}" for number in range(1, 9)]
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = {photo: pool.submit(shrink, photo) for photo in photos}
    for photo, job in jobs.items():
        error = job.exception()
        print(f"{photo}:", type(error).__name__ if error else "shrunk")
# [/crash]


if __name__ == "__main__":
    main()
