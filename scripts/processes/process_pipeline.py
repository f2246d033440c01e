# /// script
# requires-python = ">=3.11"
# ///
"""Long-lived worker processes with a queue in and a queue out.

Run it: python process_pipeline.py
"""
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any

from outcomes import Item, Outcome, Result, positive
from worker_processes import computed

table: list[int] = []


# [recipe]
def results(
    function: Callable[[Item], Result],
    source: Iterable[Item],
    *,
    workers: int,
    chunk: int = 1,
    prepare: Callable[[], Any] | None = None,
) -> Generator[Outcome[Item, Result], None, None]:
    """Yield the outcome of each item of `source`, as they come.

    `prepare` runs once in each worker: what it makes stays for all
    items. `source` is read when a worker is free, so at most
    two chunks for each worker ahead of who takes the results. If it
    fails, what was read is done, then the error goes on. Leave the loop
    early, and workers end: close the generator for that.
    """
    positive(workers=workers, chunk=chunk)
    with closing(computed(
        function, source,
        workers=workers, chunk=chunk, prepare=prepare,
    )) as outcomes:
        for _, done in outcomes:
            yield done
# [/recipe]


def load_table() -> None:
    """Runs once in each worker."""
    table.extend(number * number for number in range(1000))


def look_up(number: int) -> int:
    return table[number]


def main() -> None:
    numbers = iter([3, 999, 1000, 12])  # it may be endless
    with closing(results(
        look_up, numbers, workers=2, prepare=load_table
    )) as outcomes:
        for done in sorted(outcomes, key=lambda one: one.item):
            what = done.value if done.error is None else done.error
            print(f"{done.item}: {what!r}")


if __name__ == "__main__":
    main()
