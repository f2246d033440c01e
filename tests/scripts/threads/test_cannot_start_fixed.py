import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit does not hold")
def test_four_threads_do_it(run):
    """Under the same limit."""
    assert run.text == "all done\n"
