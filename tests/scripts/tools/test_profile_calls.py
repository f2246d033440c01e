import re


def test_the_slowest_function_comes_first(run):
    """Its calls are counted; which one is second changes from run to run."""
    rows = [re.fullmatch(r"(.+): (\d+) calls, (\d+\.\d\d) s in its own code", line) for line in run.lines]
    assert [(row[1], row[2]) for row in rows[:1]] == [("is_prime", "50000")]
    assert len(rows) == 2
    assert float(rows[0][3]) >= float(rows[1][3])
