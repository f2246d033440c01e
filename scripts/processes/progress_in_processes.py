# /// script
# requires-python = ">=3.11"
# dependencies = ["rich"]
# ///
"""A bar for the batch, and one for each worker: a queue.

Run it: python progress_in_processes.py
"""
# [progress]
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import Progress

STEPS = 20
progress_queue = None


def prepare(queue):
    """Runs once in each worker."""
    global progress_queue
    progress_queue = queue


def shrink(photo: str) -> str:
    """Stand for long work that knows how far it is."""
    for step in range(1, STEPS + 1):
        sum(range(20_000))
        progress_queue.put((photo, step))
    return f"{photo}: shrunk"


def shrink_all(photos: list[str], workers: int = 2) -> list[str]:
    """Shrink in processes; each photo has a bar while it lasts."""
    queue = multiprocessing.Queue()
    console = Console(stderr=True)
    bars = {}
    with (
        ProcessPoolExecutor(
            workers, initializer=prepare, initargs=[queue]
        ) as pool,
        Progress(console=console, disable=not console.is_terminal) as p,
    ):
        jobs = [pool.submit(shrink, photo) for photo in photos]
        total = p.add_task("photos", total=len(photos))
        for job in jobs:
            job.add_done_callback(lambda job: queue.put(None))
        done = 0
        while done < len(jobs):
            message = queue.get()
            if message is None:  # a job has ended, well or badly
                done += 1
                p.advance(total)
                continue
            photo, step = message
            if photo not in bars:
                bars[photo] = p.add_task(photo, total=STEPS)
            p.update(bars[photo], completed=step, visible=step < STEPS)
    return [job.result() for job in jobs]
# [/progress]


def main():
    for line in shrink_all(["cat", "horse", "owl", "elephant"]):
        print(line)


if __name__ == "__main__":
    main()
