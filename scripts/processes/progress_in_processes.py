# /// script
# requires-python = ">=3.11"
# dependencies = ["rich"]
# ///
"""A bar for the batch, and one for each worker: a queue.

Run it: python progress_in_processes.py
"""
# [progress]
import contextlib
import multiprocessing
import queue
from concurrent.futures import Future, ProcessPoolExecutor

from rich.console import Console
from rich.progress import Progress

STEPS = 20
reports = None  # in a worker: the queue to the parent


def prepare(queue):
    """Runs once in each worker."""
    global reports
    reports = queue
    reports.cancel_join_thread()  # unread reports hold nobody up


def shrink(photo: str) -> str:
    """Stand for long work that knows how far it is."""
    for step in range(1, STEPS + 1):
        sum(range(20_000))
        reports.put((photo, step))
    return f"{photo}: shrunk"


def draw(messages, jobs: list[Future[str]]) -> None:
    """Bars on stderr, if that is a terminal, until all jobs end."""
    bars, ended = {}, []
    for job in jobs:
        job.add_done_callback(ended.append)
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(console=console, disable=quiet) as p:
        total = p.add_task("photos", total=len(jobs))
        while len(ended) < len(jobs) or not messages.empty():
            p.update(total, completed=len(ended))
            with contextlib.suppress(queue.Empty):
                photo, step = messages.get(timeout=0.1)
                if photo not in bars:
                    bars[photo] = p.add_task(photo, total=STEPS)
                p.update(bars[photo], completed=step)
                if step == STEPS:
                    p.remove_task(bars.pop(photo))
        p.update(total, completed=len(ended))


def shrink_all(
    photos: list[str], workers: int = 2
) -> list[str | BaseException]:
    """Shrink in processes, with bars; results or errors in order."""
    messages = multiprocessing.Queue()
    pool = ProcessPoolExecutor(
        workers, initializer=prepare, initargs=[messages]
    )
    try:
        # The workers start here, before the thread of the bars.
        jobs = [pool.submit(shrink, photo) for photo in photos]
        draw(messages, jobs)
    finally:  # after Ctrl-C, what waits never begins
        pool.shutdown(cancel_futures=True)
    return [job.exception() or job.result() for job in jobs]
# [/progress]


def main():
    for line in shrink_all(["cat", "horse", "owl", "elephant"]):
        print(line)


if __name__ == "__main__":
    main()
