# /// script
# requires-python = ">=3.11"
# ///
"""ProcessPoolExecutor says that a worker died.

Run it: python dead_worker_fixed.py
"""
import os
from concurrent.futures import ProcessPoolExecutor


# [dead]
def shrink(photo):
    os._exit(1)  # stands for a crash in C code: no exception


def main():
    with ProcessPoolExecutor(1) as pool:
        job = pool.submit(shrink, "lake.jpg")
        try:
            job.result()
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
# [/dead]


if __name__ == "__main__":
    main()
