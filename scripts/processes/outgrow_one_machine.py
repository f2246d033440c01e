# /// script
# requires-python = ">=3.11"
# dependencies = ["dask", "distributed"]
# [tool.overlap]
# leaves = ["daemon thread", "temporary file dask-scratch-space"]
# ///
"""The same batch on a process pool, and on a Dask cluster.

Run it: python outgrow_one_machine.py
"""
# [batch]
import logging
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    ProcessPoolExecutor,
)
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster


@contextmanager
def executor_for(
    scheduler: str | None, workers: int
) -> Iterator[Executor]:
    """A pool on this machine, or the cluster of a scheduler.

    `scheduler` is an address such as "tcp://10.0.0.5:8786".
    OSError if nobody answers there within ten seconds.
    """
    if scheduler is None:
        with ProcessPoolExecutor(workers) as pool:
            yield pool
        return
    with Client(scheduler, timeout=10) as client:
        with client.get_executor(pure=False) as executor:
            yield executor


def count_all(executor: Executor, limits: Sequence[int]) -> list[int]:
    """The batch. It knows an executor, and no cluster."""
    return list(executor.map(count_primes, limits))


def count_primes(limit: int) -> int:
    """Stands for your function."""
    return sum(
        all(number % d for d in range(2, math.isqrt(number) + 1))
        for number in range(2, limit)
    )
# [/batch]


# [main]
def show(name, executor):
    """The batch, a crash, and the batch again."""
    limits = [5_000, 10_000, 15_000]
    print(f"{name}:", count_all(executor, limits))
    crash = executor.submit(os._exit, 1)  # as if switched off
    error = type(crash.exception()).__name__
    print("  a task kills its worker:", error)
    try:
        print("  the batch again:", count_all(executor, limits))
    except BrokenExecutor as error:
        print("  the batch again:", type(error).__name__)


def main():
    with executor_for(None, workers=2) as pool:
        show("pool", pool)

    # A task may kill no second worker before it is given up.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    # Real workers are on other machines; these are processes on yours.
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=":0",  # any free port
        silence_logs=logging.CRITICAL,
    ) as cluster:
        address = cluster.scheduler_address
        with executor_for(address, workers=2) as executor:
            show("Dask", executor)
# [/main]


if __name__ == "__main__":
    main()
