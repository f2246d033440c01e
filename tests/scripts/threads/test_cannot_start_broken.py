import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit does not hold")
def test_the_system_refuses_a_thread(run):
    assert run.text == "RuntimeError: can't start new thread\n"
