import os
import signal
import subprocess
import sys

import pytest

from tools.running import interpreters

UNGUARDED_POOL = """
import multiprocessing

def square(x):
    return x * x

pool = multiprocessing.{how}Pool(2)
print(pool.map(square, [1, 2]))
"""
ENDLESS = [
    pytest.param(python, how, id=f"{python.tag}-{how or 'default'}")
    for python in interpreters()
    for how in ("get_context('spawn').", "")
    if how or python.release >= (3, 15)
]


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


@pytest.mark.skipif(sys.platform != "linux", reason="the process group is ended as on Linux")
@pytest.mark.parametrize(("python", "how"), ENDLESS)
def test_a_pool_of_multiprocessing_starts_workers_without_end(tmp_path, python, how):
    """Far more of them fail than it has, and it still goes on."""
    file = tmp_path / "unguarded.py"
    file.write_text(UNGUARDED_POOL.format(how=how))
    with subprocess.Popen(
        [python.path, file],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as program:
        refused = 0
        while refused < 8:
            line = program.stdout.readline()
            assert line, "it ended by itself"
            refused += "finished its bootstrapping phase" in line
        assert program.poll() is None
        os.killpg(program.pid, signal.SIGKILL)
