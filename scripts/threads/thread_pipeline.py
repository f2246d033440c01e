# /// script
# requires-python = ">=3.11"
# ///
"""A producer and three consumers in threads, a short queue between.

Run it: python thread_pipeline.py
"""
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")


# [recipe]
def consume_all(
    source: Iterable[Item],
    consume: Callable[[Item], None],
    *,
    consumers: int,
    ahead: int,
) -> list[tuple[Item, BaseException]]:
    """Call `consume` for each item, in so many threads.

    Reads at most `ahead` items ahead. Returns the items that
    failed, with their errors. If `source` fails, or on Ctrl-C,
    what is queued is dropped, running calls end, then the error
    goes on. So give `consume` a time limit of its own.
    """
    # (item,) is work, () is the end.
    todo: queue.Queue[tuple[Item, ...]] = queue.Queue(maxsize=ahead)
    failed: list[tuple[Item, BaseException]] = []

    def work() -> None:
        while job := todo.get():
            (item,) = job
            try:
                consume(item)
            except BaseException as error:  # the thread must live
                failed.append((item, error))

    team = [threading.Thread(target=work) for _ in range(consumers)]
    for thread in team:
        thread.start()
    try:
        for item in source:
            todo.put((item,))  # waits while the queue is full
    except BaseException:
        with suppress(queue.Empty):
            while True:
                todo.get_nowait()
        raise
    finally:
        for _ in team:
            todo.put(())  # one for each
        for thread in team:
            thread.join()
    return failed
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
    print(f"{len(finished)} rows, failed: {failed}")
    # 5 in the queue, 3 at work, 1 that waits for room
    print(f"read too far ahead: {max(in_flight) > 5 + 3 + 1}")
# [/use]


if __name__ == "__main__":
    main()
