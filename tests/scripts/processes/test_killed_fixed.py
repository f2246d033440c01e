import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit does not hold")
def test_the_error_has_a_name(run):
    assert run.lines == ["Python sees: 1", "last line: MemoryError", "a shell sees: 1"]
