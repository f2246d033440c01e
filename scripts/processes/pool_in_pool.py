# /// script
# requires-python = ">=3.11"
# ///
"""How many processes do pools inside of workers start?

Run it: python pool_in_pool.py
"""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Barrier, active_children

WORKERS = 3


def brighten(part):
    return part + 40


def new_pool():
    # A pool may start workers as they are needed; here no task
    # begins before all of them are there.
    meeting = Barrier(WORKERS)
    return ProcessPoolExecutor(WORKERS, initializer=meeting.wait)


# [nested]
def one_photo(parts):
    """In a worker: a pool of its own for the parts."""
    with new_pool() as pool:
        futures = [pool.submit(brighten, part) for part in parts]
        started = len(active_children())
        return [one.result() for one in futures], started


def nested(photos):
    """Processes that do the work."""
    with new_pool() as pool:
        outcomes = list(pool.map(one_photo, photos))
        return len(active_children()), outcomes[0][1]


def flat(photos):
    """The same parts, all of them for one pool."""
    with new_pool() as pool:
        parts = [part for photo in photos for part in photo]
        list(pool.map(brighten, parts))
        return len(active_children())
# [/nested]


def main():
    photos = [[1] * 100, [2] * 100, [3] * 100]
    outer, inner = nested(photos)
    print(f"nested: {outer} workers, each starts {inner} more")
    print(f"flat: {flat(photos)} workers")


if __name__ == "__main__":
    main()
