# /// script
# requires-python = ">=3.11"
# ///
"""Give each worker a limit of memory: an error, not a crash.

For Linux. Run it: python memory_limit.py
"""
import resource
from concurrent.futures import ProcessPoolExecutor

GIGABYTE = 2**30


# [limit]
def begin(limit):
    """In each worker: refuse more than `limit` bytes of data."""
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def load(gigabytes):
    """Stands for a photo that is larger than it looks."""
    return len(bytearray(int(gigabytes * GIGABYTE)))


def load_all(sizes):
    with ProcessPoolExecutor(
        max_workers=2, initializer=begin, initargs=(GIGABYTE,)
    ) as pool:
        futures = {size: pool.submit(load, size) for size in sizes}
        for size, future in futures.items():
            try:
                yield size, f"{future.result()} bytes"
            except MemoryError:
                yield size, "refused: MemoryError"
# [/limit]


def main():
    for size, outcome in load_all([0.125, 4, 0.0625]):
        print(f"{size} GB: {outcome}")


if __name__ == "__main__":
    main()
