"""Random programs do on the virtual loop, in the stepper and on the page's loop what they do on CPython's.

`make test` runs the first hundred; `make proof` five hundred that nobody has seen. A program that differs is
told as small as it gets: put it into a test, and mend the loop.
"""

import functools
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LACKING
from tests.loops.in_page import answer_of_page
from tests.unit.snapshot.test_snapshot import node  # noqa: F401
from tools.running import interpreters

HERE = Path(__file__).parent
# Of this release are the programs: eager tasks, queues that are shut down.
OLDEST = (3, 14)
PYTHONS = [python for python in interpreters() if python.release >= OLDEST]

# Much of it waits; a busy machine takes minutes.
pytestmark = pytest.mark.timeout(600)

IN_PAGE = """
    from tests.loops.random_programs import compare_in_page
    return await compare_in_page({first}, {count})
"""

few_or_many = pytest.mark.parametrize(
    "seeds",
    [pytest.param((0, 100), id="few"), pytest.param((None, 500), id="many", marks=pytest.mark.proof)],
)
pythons = pytest.mark.parametrize(
    "python",
    [pytest.param(python, id=python.tag) for python in PYTHONS]
    or [pytest.param(None, id="none", marks=pytest.mark.skip(reason=LACKING.format("3.14")))],
)


@functools.cache
def some_seed() -> int:
    """Where a run begins that is to see new programs, or to see some again: OVERLAP_SEED says which."""
    return int(os.environ.get("OVERLAP_SEED") or random.randrange(10**6))


def first_of(seeds: tuple[int | None, int]) -> int:
    first = some_seed() if seeds[0] is None else seeds[0]
    print(f"seeds {first} to {first + seeds[1] - 1}")
    return first


def run(python, *arguments: object) -> dict:
    done = subprocess.run(
        [python.path, "-B", str(HERE / "run_random_programs.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=560,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def told(differ: list) -> str:
    seed, timed, loop, program, *logs = differ
    expected, got = ("\n  ".join(log) for log in logs)
    return f"seed {seed}, timed {timed}, {loop}: {program}\nCPython's loop:\n  {expected}\nit:\n  {got}"


@few_or_many
@pythons
def test_virtual_loop_and_stepper(python, seeds):
    """The same words, in the same order, at the same times."""
    found = run(python, first_of(seeds), seeds[1])
    assert not found["differ"], told(found["differ"][0])
    assert found["lines"] > 100 * seeds[1]


@few_or_many
def test_page_loop(node, seeds):  # noqa: F811
    """In the kernel of the page: without delays, which are real there."""
    found = answer_of_page(node, IN_PAGE.format(first=first_of(seeds), count=seeds[1]))
    assert not found["differ"], told(found["differ"][0])
    assert found["lines"] > 80 * seeds[1]


@pythons
def test_a_loop_with_another_order_is_found(python):
    """And what is told of it is small: two things that are due at once."""
    found = run(python, 0, 5, "backwards")
    assert len(found["differ"]) >= 4
    smallest = min(len(str(program)) for _, _, loop, program, *_ in found["differ"] if loop == "backwards")
    assert smallest < 160
