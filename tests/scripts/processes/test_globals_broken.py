import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is 75 on every Python")
def test_the_start_method_decides(run, python):
    """90 with fork (up to 3.13), 75 where the worker imports the file (from 3.14 on)."""
    quality = 90 if python.release < (3, 14) else 75
    assert run.lines == [f"{photo} saved with quality {quality}" for photo in ("forest", "lake")]
