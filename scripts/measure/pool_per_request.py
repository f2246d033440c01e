# /// script
# requires-python = ">=3.11"
# ///
"""A new pool of processes for each request, or one for all.

Run it: python pool_per_request.py
"""
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

REQUESTS = [range(10_000)] * 3
SPAWN = multiprocessing.get_context("spawn")


def total(numbers):
    """The work of one request: about a millisecond."""
    return sum(number * number for number in numbers)


# [broken]
def a_pool_for_each(requests):
    for numbers in requests:
        with ProcessPoolExecutor(2, SPAWN) as pool:
            yield pool.submit(total, numbers).result()
# [/broken]


# [fixed]
def one_pool(requests, pool):
    for numbers in requests:
        yield pool.submit(total, numbers).result()
# [/fixed]


def print_time(answers):
    start = time.perf_counter()
    number = len(list(answers))
    each = (time.perf_counter() - start) / number
    print(f"{number} requests, each took {1000 * each:.1f} ms")


def main():
    print("[broken]", flush=True)
    print_time(a_pool_for_each(REQUESTS))
    print("[fixed]", flush=True)
    with ProcessPoolExecutor(2, SPAWN) as pool:
        pool.submit(int).result()     # opened when the program starts
        print_time(one_pool(REQUESTS, pool))


if __name__ == "__main__":
    main()
