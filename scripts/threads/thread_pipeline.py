# /// script
# requires-python = ">=3.11"
# ///
"""A producer and three consumers in threads, a short queue between.

Run it: python thread_pipeline.py
"""
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any

from outcomes import Item, Outcome, log, positive


# [recipe]
def consume_all(
    source: Iterable[Item],
    consume: Callable[[Item], Any],
    *,
    consumers: int,
    ahead: int,
    failed: Callable[[Item, BaseException], None] | None = None,
) -> list[Outcome[Item, Any]]:
    """Call `consume` for each item, in so many threads.

    Reads at most `ahead` items ahead. An item that fails is given
    to `failed`, in the thread where it failed; without it, the
    outcomes of such items are returned. If `source` fails, what was
    read is done, then the error goes on. On Ctrl-C what is queued
    is dropped, and running calls end. So give `consume` a time
    limit of its own.
    """
    positive(consumers=consumers, ahead=ahead)
    # (item,) is work, () is the end. The queue has no limit of its
    # own, so that the end is never in want of room.
    todo: SimpleQueue[tuple[Item, ...]] = SimpleQueue()
    room = threading.Semaphore(ahead)
    stopping = threading.Event()
    lost: list[Outcome[Item, Any]] = []

    def work() -> None:
        while job := todo.get():
            room.release()
            if stopping.is_set():
                continue
            (item,) = job
            began = time.monotonic()
            try:
                consume(item)
            except BaseException as error:  # the thread must live
                took = time.monotonic() - began
                note(Outcome(item, None, error, 1, took))
        todo.put(())  # for the next one

    def note(done: Outcome[Item, Any]) -> None:
        if failed is None or done.error is None:
            lost.append(done)
            return
        try:
            failed(done.item, done.error)
        except BaseException:
            log.exception("failed() itself failed for %r", done)

    team = [
        threading.Thread(target=work, name=f"consumer-{number}")
        for number in range(1, consumers + 1)
    ]
    try:
        for thread in team:
            thread.start()
        for item in source:
            room.acquire()  # waits while so many are queued
            todo.put((item,))
    except BaseException as error:
        if not isinstance(error, Exception):
            stopping.set()
        raise
    finally:
        todo.put(())
        for thread in team:
            if thread.ident is not None:
                thread.join()
    return lost
# [/recipe]


# [use]
def main() -> None:
    read: list[int] = []
    finished: list[int] = []
    in_flight: list[int] = []

    def rows() -> Iterator[int]:
        for row in range(1, 31):
            read.append(row)
            yield row

    def write(row: int) -> None:
        in_flight.append(len(read) - len(finished))
        time.sleep(0.01)  # stands for a slow database
        finished.append(row)
        if row == 13:
            raise ValueError("unlucky")

    failed = consume_all(rows(), write, consumers=3, ahead=5)
    print(f"{len(finished)} rows")
    for done in failed:
        print(f"{done.item} failed: {done.error!r}")
    # 5 in the queue, 3 at work, 1 that waits for room
    print(f"read too far ahead: {max(in_flight) > 5 + 3 + 1}")
# [/use]


if __name__ == "__main__":
    main()
