# /// script
# requires-python = ">=3.11"
# ///
"""Compute for many items in all cores, whatever happens to one.

Run it: python compute_all.py
"""
import os
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from math import isqrt
from multiprocessing import active_children
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


# [recipe]
@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """A value, or an error as text: not every error can travel."""

    item: Item
    value: Result | None = None
    error: str | None = None


def _begin() -> None:
    # Ctrl-C reaches all processes; only the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_chunk(
    function: Callable[[Item], Result], items: list[Item]
) -> list[Outcome[Item, Result]]:
    """In a worker: the outcome of each item."""
    outcomes: list[Outcome[Item, Result]] = []
    for item in items:
        try:
            outcomes.append(Outcome(item, value=function(item)))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            outcomes.append(Outcome(item, error=text))
    return outcomes


def compute_all(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    chunk: int = 1,
    total_timeout: float | None = None,
    report: Callable[[Outcome[Item, Result]], None] = lambda _: None,
) -> list[Outcome[Item, Result]]:
    """Compute `function(item)` for each item in worker processes.

    Returns one outcome per item, in order; `report` gets each one
    as it comes. When a worker dies, what is left is computed again
    in ever smaller groups until the guilty item is alone: the
    function must be safe to repeat. After `total_timeout` seconds
    the workers are killed. On Ctrl-C the chunks that they have at
    hand end first.
    """
    wanted = list(items)
    found: dict[int, Outcome[Item, Result]] = {}
    end = None
    if total_timeout is not None:
        end = time.monotonic() + total_timeout
    groups = [list(range(len(wanted)))]
    size = chunk
    while groups:
        group = groups.pop()
        others = active_children()
        pool = ProcessPoolExecutor(workers, initializer=_begin)
        try:
            futures = {}
            for start in range(0, len(group), size):
                part = group[start : start + size]
                chosen = [wanted[place] for place in part]
                future = pool.submit(_run_chunk, function, chosen)
                futures[future] = part
            left = end and max(0, end - time.monotonic())
            for future in as_completed(futures, timeout=left):
                part = futures[future]
                try:
                    outcomes = future.result()
                except BrokenProcessPool:
                    continue
                except Exception as error:  # it cannot be pickled
                    outcomes = [
                        Outcome(wanted[place], error=repr(error))
                        for place in part
                    ]
                for place, outcome in zip(part, outcomes):
                    found[place] = outcome
                    report(outcome)
        except BrokenProcessPool:
            pass  # it broke before all was submitted
        except TimeoutError:
            for process in active_children():
                if process not in others:
                    process.kill()
            break
        finally:
            pool.shutdown(cancel_futures=True)
        rest = [place for place in group if place not in found]
        if rest and len(group) == 1:
            died = Outcome[Item, Result](
                wanted[rest[0]], error="its worker process died"
            )
            found[rest[0]] = died
            report(died)
        else:
            half = len(rest) // 2
            groups += [part for part in (rest[half:], rest[:half])
                       if part]
        size = 1
    late = "not done in time"
    return [
        found.get(place) or Outcome(item, error=late)
        for place, item in enumerate(wanted)
    ]
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
            print(f"primes below {done.item}: {done.error}")
# [/use]


if __name__ == "__main__":
    main()
