import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to handle")
def test_the_worker_outlives_the_program(run):
    assert run.lines == ["the program ended with -15", "its worker is alive: True"]
