import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_the_status_is_all_there_is(run):
    """Minus the signal for Python, 128 more for a shell, and no line of the program."""
    assert run.lines == ["Python sees: -9", "last line:", "a shell sees: 137"]
