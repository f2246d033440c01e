import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_the_child_has_the_state_and_not_the_device(run):
    assert run.lines[1] == "child: RuntimeError: Cannot re-initialize CUDA in forked subprocess"
