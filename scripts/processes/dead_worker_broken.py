# /// script
# requires-python = ">=3.11"
# ///
"""multiprocessing.Pool does not notice that a worker died.

Run it: python dead_worker_broken.py
"""
import multiprocessing
import os


# [dead]
def shrink(photo):
    os._exit(1)  # stands for a crash in C code: no exception


def main():
    with multiprocessing.Pool(1) as pool:
        job = pool.apply_async(shrink, ["lake.jpg"])
        try:
            job.get(timeout=1)  # without a timeout: for ever
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
# [/dead]


if __name__ == "__main__":
    main()
