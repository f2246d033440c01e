import re


def test_updates_are_lost(run):
    """Never all of them are counted."""
    counted = re.fullmatch(r"([\d,]+) of 200,000 counted\n", run.text)
    assert 0 < int(counted[1].replace(",", "")) < 200_000
