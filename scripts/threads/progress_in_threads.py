# /// script
# requires-python = ">=3.11"
# dependencies = ["tqdm"]
# [tool.overlap]
# leaves = ["daemon thread"]
# ///
"""A progress bar for calls in threads; output stays clean.

Run it: python progress_in_threads.py
"""
# [progress]
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


def call_all(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int = 8,
    label: str = "",
) -> list[Result | BaseException]:
    """Call in threads, with a bar; results or errors in order.

    The bar goes to stderr, and only if that is a terminal.
    """
    failed = 0
    pool = ThreadPoolExecutor(workers)
    try:
        jobs = {pool.submit(function, item): item for item in items}
        with tqdm(total=len(jobs), desc=label, disable=None) as bar:
            for job in as_completed(jobs):
                if error := job.exception():
                    failed += 1
                    bar.set_postfix(failed=failed)
                    line = f"{jobs[job]}: {error!r}"
                    bar.write(line, file=sys.stderr)
                bar.update()
    finally:  # after Ctrl-C, what waits never begins
        pool.shutdown(cancel_futures=True)
    return [job.exception() or job.result() for job in jobs]
# [/progress]


# [main]
def download(photo: str) -> int:
    """Stand for a download."""
    if photo == "owl":
        raise ConnectionError("no answer")
    return len(photo)


def main():
    photos = ["cat", "horse", "owl", "elephant"]
    results = call_all(download, photos, workers=2, label="photos")
    for photo, result in zip(photos, results):
        print(photo, result)
# [/main]


if __name__ == "__main__":
    main()
