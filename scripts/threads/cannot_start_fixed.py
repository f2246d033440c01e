# /// script
# requires-python = ">=3.11"
# ///
"""Start as many threads as are needed, and give them all the work.

For Linux. Run it: python cannot_start_fixed.py
"""
import resource
import threading
from concurrent.futures import ThreadPoolExecutor

MEGABYTE = 2**20
done = threading.Event()


# [start]
def wait_for_answer(number):
    return number


def start_all(count):
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(wait_for_answer, range(count)))
# [/start]


def main():
    # A limit as a container has one: too small for 1,000 stacks.
    threading.stack_size(32 * MEGABYTE)
    resource.setrlimit(
        resource.RLIMIT_AS, (1024 * MEGABYTE, 1024 * MEGABYTE)
    )
    try:
        start_all(1000)
        print("all done")
    except RuntimeError as error:
        print(f"RuntimeError: {error}")
    done.set()



if __name__ == "__main__":
    main()
