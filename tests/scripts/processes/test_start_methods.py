import sys

import pytest


def test_only_fork_knows_what_happened_before(run):
    """A forked worker sees the changed name in `__main__`; the others import the file as
    `__mp_main__` and see what it says."""
    sees = {"fork": "module __main__, quality 90"}
    imports = "module __mp_main__, quality 75"
    methods = [line.split(": ") for line in run.lines[1:]]
    assert "spawn" in dict(methods)
    assert all(seen == sees.get(method, imports) for method, seen in methods)


@pytest.mark.skipif(sys.platform != "linux", reason="the claim is about Linux")
def test_the_default_changed_with_3_14(run, python):
    """fork up to 3.13, forkserver from 3.14 on."""
    expected = "fork" if python.release < (3, 14) else "forkserver"
    assert run.lines[0] == f"default: {expected}"
