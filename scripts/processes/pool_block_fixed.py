# /// script
# requires-python = ">=3.11"
# ///
"""Wait for all jobs in the block of a multiprocessing.Pool.

Run it: python pool_block_fixed.py
"""
import multiprocessing
import time


def shrink(photo):
    time.sleep(0.5)                   # stands for work
    return f"small {photo}"


# [block]
def shrink_all(photos):
    with multiprocessing.Pool(2) as pool:
        result = pool.map_async(shrink, photos)
        result.wait()                 # the end stops all workers
    return result.get(timeout=1)      # without a limit: for ever
# [/block]


def main():
    try:
        print(shrink_all(["lake.jpg", "hill.jpg"]))
    except multiprocessing.TimeoutError:
        print("no result after 1 s")


if __name__ == "__main__":
    main()
