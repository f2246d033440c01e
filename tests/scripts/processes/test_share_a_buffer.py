import re


def test_both_halves_are_the_callers(run):
    """What two interpreters wrote stands in the caller's bytes."""
    assert run.lines[0] == "the caller's picture: [1, 1, 1, 1, 2, 2, 2, 2]"


def test_a_view_is_cheaper_than_a_copy(run):
    """By far: a copy of 10 MB takes milliseconds, a view none of its size."""
    copied, shared = (float(ms) for ms in re.findall(r"([\d.]+) ms", run.text))
    assert shared < copied / 3
