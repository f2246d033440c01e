import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups")


def test_a_plain_pool_is_cut_and_goes_on(run):
    """Running tasks get the interrupt, the queue is worked off; idle workers die aloud."""
    assert run.lines[:2] == [
        "plain, at work: long tasks cut: 2, queue dropped: False",
        "plain, idle: traceback of a worker: True",
    ]


def test_a_careful_pool_ends_what_runs_and_drops_the_rest(run):
    """Nobody is cut, nobody prints a traceback, and most of the queue never begins."""
    assert run.lines[2:] == [
        "careful, at work: long tasks cut: 0, queue dropped: True",
        "careful, idle: traceback of a worker: False",
    ]
