import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it fails on every Python")
def test_it_works_only_with_fork(run, python):
    """Fine by luck up to 3.13; from 3.14 on the worker refuses, and the program fails.

    The pool says so from 3.15 on; before, the process that asks for workers finds nobody there.
    """
    if python.release < (3, 14):
        assert run.lines == ["['forest shrunk', 'lake shrunk']"]
        assert run.exit == 0
    else:
        assert "RuntimeError:" in run.text
        assert "before the\n        current process has finished its bootstrapping" in run.text
        assert "shrunk" not in run.text
        assert run.exit == 1
        assert ("BrokenProcessPool" in run.text) == (python.release >= (3, 15))
        assert ("ConnectionResetError" in run.text) == (python.release < (3, 15))
