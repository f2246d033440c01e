# /// script
# requires-python = ">=3.11"
# dependencies = ["dask", "distributed", "joblib"]
# [tool.overlap]
# leaves = ["daemon thread", "temporary file dask-scratch-space"]
# ///
"""call_all, on a Dask cluster; and joblib with Dask behind it.

Run it: python batch_on_dask.py
"""
import logging
import math
import os
from collections.abc import Callable, Iterable

import dask
from distributed import Client, LocalCluster, as_completed
from joblib import Parallel, delayed, parallel_config

from outcomes import Item, Outcome, Result, not_done, positive, tell


# [batch]
def call_all_on(
    client: Client,
    call: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    tries: int = 1,
    total_timeout: float | None = None,
    report: Callable[[Outcome[Item, Result]], None] | None = None,
) -> list[Outcome[Item, Result]]:
    """`call_all` on a cluster: an outcome for each item, in order."""
    positive(tries=tries, total_timeout=total_timeout)
    items = list(items)
    futures = client.map(
        call, items, retries=tries - 1, pure=False  # run each
    )
    place = {future: number for number, future in enumerate(futures)}
    outcomes = [not_done(item) for item in items]
    try:
        for future in as_completed(futures, timeout=total_timeout):
            number = place[future]
            outcomes[number] = Outcome(
                items[number],
                None if future.exception() else future.result(),
                future.exception(),
            )
            tell(report, outcomes[number])
    except TimeoutError:
        pass  # what has not come is NotDone
    finally:
        client.cancel(futures, force=True)
    return outcomes
# [/batch]


# [main]
def count_primes(limit):
    """Stands for your function; some inputs are bad."""
    if limit == 13:
        os._exit(1)  # a crash in C code, say
    if limit < 0:
        raise ValueError(f"{limit} is negative")
    return sum(
        all(number % d for d in range(2, math.isqrt(number) + 1))
        for number in range(2, limit)
    )


def main():
    # A task may kill no second worker before it is given up.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1,
            dashboard_address=":0", silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        # Alone: what waits on a dying worker is suspected, too.
        for limits in [5_000, -1, 10_000], [13], [15_000]:
            for done in call_all_on(client, count_primes, limits):
                print(f"{done.item}: {what(done)}")

        with parallel_config(backend="dask"):
            jobs = (delayed(math.factorial)(n) for n in range(6))
            print("joblib:", Parallel()(jobs))
# [/main]


def what(outcome):
    error = outcome.error
    return type(error).__name__ if error else outcome.value


if __name__ == "__main__":
    main()
