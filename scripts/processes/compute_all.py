# /// script
# requires-python = ">=3.11"
# ///
"""Compute for many items in all cores, whatever happens to one.

Run it: python compute_all.py
"""
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from math import isqrt
from typing import Any

from outcomes import Item, Outcome, Result, positive, tell
from worker_processes import computed, cpus


# [recipe]
def compute_all(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    chunk: int = 1,
    total_timeout: float | None = None,
    report: Callable[[Outcome[Item, Result]], None] | None = None,
    prepare: Callable[[], Any] | None = None,
) -> list[Outcome[Item, Result]]:
    """Compute `function(item)` for each item in worker processes.

    Returns one outcome per item, in their order; `report` gets each
    one as it comes. `prepare` runs first in each worker. An item
    whose worker dies is tried once more, alone: the function must
    be safe to repeat. An iterator is read when a worker is free;
    what was not read has no outcome. After `total_timeout` seconds,
    or Ctrl-C, the workers are killed; they also end when the
    program is.
    """
    workers = cpus() if workers is None else workers
    positive(workers=workers, chunk=chunk, total_timeout=total_timeout)
    found: dict[int, Outcome[Item, Result]] = {}
    with closing(computed(
        function, items, workers=workers, chunk=chunk,
        seconds=total_timeout, prepare=prepare,
    )) as outcomes:
        for place, done in outcomes:
            found[place] = done
            tell(report, done)
    return [found[place] for place in sorted(found)]
# [/recipe]


# [use]
def count_primes(limit: int) -> int:
    """How many primes there are below `limit`."""
    if limit < 0:
        raise ValueError("limit is negative")
    if limit == 13:
        os._exit(1)  # stands for C code that crashes
    return sum(
        all(number % factor for factor in range(2, isqrt(number) + 1))
        for number in range(2, limit)
    )


def main() -> None:
    limits = [20_000, 30_000, -1, 40_000, 13, 10_000, 50_000, 100]
    for done in compute_all(count_primes, limits, total_timeout=60):
        if done.error is None:
            print(f"primes below {done.item}: {done.value}")
        else:
            print(f"primes below {done.item}: {done.error!r}")
# [/use]


if __name__ == "__main__":
    main()
