import pytest

# From 3.14 on workers start one by one, by way of a server; on a busy machine that lasts as long as the work.
pytestmark = pytest.mark.alone


def test_the_cores_are_busy_already(run):
    """The computing of the worker processes counts."""
    assert run.lines[0] == "33860 primes"
    assert "It computes, and keeps the cores busy already." in run.lines
    assert "GIL" not in run.text
