import asyncio
import os
import re
from math import ceil
from threading import Barrier


def test_the_default_pool_needs_rounds(run, python):
    """24 calls of 0.1 s on min(32, cores + 4) threads."""
    assert run.lines[0].startswith("in_default_pool: 24 calls of 0.1 s in ")
    seconds = float(re.findall(r"([\d.]+) s", run.lines[0])[-1])
    cores = max(python.cores, os.cpu_count()) if python.release < (3, 13) else python.cores
    assert seconds >= 0.1 * ceil(24 / min(32, cores + 4)) - 0.01


def test_the_own_pool_runs_all_at_once(example):
    """A barrier for 24 threads opens, so 24 calls ran at the same time."""
    meeting = Barrier(24)
    in_own_pool = example["in_own_pool"]
    in_own_pool.__globals__["query"] = lambda table, limit: meeting.wait(10)
    places = asyncio.run(in_own_pool(calls=24))
    assert sorted(places) == list(range(24))
