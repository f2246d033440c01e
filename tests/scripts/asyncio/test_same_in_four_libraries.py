import re

WAYS = ["asyncio", "asyncio on uvloop", "trio", "anyio on asyncio", "anyio on trio"]


def test_each_library_overlaps_the_three_waits(run):
    """All five end with the same photos."""
    assert [re.split(r" {2,}| (?=cat)", line)[0].strip() for line in run.lines] == WAYS
    assert all("cat dog owl, " in line for line in run.lines)
