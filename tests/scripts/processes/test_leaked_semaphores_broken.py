import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource tracker")
def test_the_tracker_finds_the_lock(run):
    assert run.lines[1] == "There appear to be 1 leaked semaphore objects to clean up at shutdown"
