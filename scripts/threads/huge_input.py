# /// script
# requires-python = ">=3.11"
# ///
"""Feed a pool from a huge or endless input, a few items ahead.

Run it: python huge_input.py
"""
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor


# [ahead]
def map_ahead(pool, call, items, ahead):
    """Yield call(item) in order; at most `ahead` calls wait.

    Works with every executor. Stop early, and what has not begun
    is cancelled. An error of `call` is raised at its place.
    """
    waiting = deque()
    try:
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
# [/ahead]


def parse(line):
    return int(line) * 2


class Lines:
    """Stands for a file of 10,000 lines; counts the lines read."""

    read = 0

    def __iter__(self):
        for number in range(10_000):
            self.read += 1
            yield str(number)


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        lines = Lines()
        first = next(pool.map(parse, lines))
        print(f"map: {lines.read} lines read for the first result")

        lines = Lines()
        results = map_ahead(pool, parse, lines, ahead=8)
        first = next(results)
        print(f"map_ahead: {lines.read} lines read")
        same = [first, *results] == list(range(0, 20_000, 2))
        print(f"all equal: {same}")

        if sys.version_info >= (3, 14):
            lines = Lines()
            results = pool.map(parse, lines, buffersize=8)
            print(f"map(buffersize=8): {next(results)},", end=" ")
            print(f"{lines.read} lines read")


if __name__ == "__main__":
    main()
