import re


def test_the_slowest_function_comes_first(run):
    """Its calls are counted; the seconds change from run to run."""
    assert re.fullmatch(r"is_prime: 50000 calls, \d+\.\d\d s in its own code", run.lines[0])
