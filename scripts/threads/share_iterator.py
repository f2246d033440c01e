# /// script
# requires-python = ">=3.15"
# ///
"""Share one iterator between threads (Python 3.15).

Run it: python share_iterator.py
"""

import threading
from concurrent.futures import ThreadPoolExecutor


# [share]
@threading.synchronized_iterator
def numbers():
    yield from range(1000)


def take_all(iterator):
    return list(iterator)


def shares(iterators):
    """What each of several threads got."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(take_all, iterators))
# [/share]


def main():
    parts = shares([numbers()] * 4)
    print("one generator, four threads:", sum(map(len, parts)), "items")

    shared = threading.serialize_iterator(iter(range(1000)))
    parts = shares([shared] * 4)
    print("one iterator, four threads:", sum(map(len, parts)), "items")

    copies = threading.concurrent_tee(range(1000), 4)
    each = [len(part) for part in shares(copies)]
    print("each thread its copy:", each)


if __name__ == "__main__":
    main()
