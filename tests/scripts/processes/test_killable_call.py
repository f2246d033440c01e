import subprocess

from book.examples.scripts import SCRIPTS, Script
from tools.running import TIME_LIMIT, left_processes

USE = """
import os, subprocess, sys, threading
from killable_call import Crashed, call_with_limit

def main():
    try:
        call_with_limit(os._exit, 3, seconds=10)
    except Crashed as error:
        print(error)
    try:
        call_with_limit(int, "x", seconds=10)
    except ValueError:
        print("ValueError")
    print(len(call_with_limit(bytes, 1_000_000, seconds=10)))
    for function in sys.exit, threading.Lock:
        try:
            call_with_limit(function, seconds=10)
        except Exception as error:
            print(type(error).__name__, error)
    try:
        call_with_limit(subprocess.run, ["sleep", "600"], seconds=0.5)
    except TimeoutError:
        print("late")

if __name__ == "__main__":
    main()
"""


def test_the_endless_call_is_ended(run):
    """The two others give their result and their error."""
    assert run.lines[0] == "a+: True"
    assert run.lines[1] == "(a+)+b: TimeoutError: no answer within 0.5 s"
    assert run.lines[2].startswith("(a+: re.error: ")


def test_a_crash_an_error_and_a_large_result(run, python, tmp_path):
    """A crash is an exception, an error comes back, a result may be larger than a pipe."""
    served = Script(SCRIPTS / "processes" / "killable_call.py").served
    (tmp_path / "killable_call.py").write_text(served)
    (tmp_path / "use.py").write_text(USE)
    with subprocess.Popen(
        [python.path, "use.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as done:
        printed, _ = done.communicate(timeout=TIME_LIMIT)
    assert printed.splitlines() == [
        "exit code 3",
        "ValueError",
        "1000000",
        "Crashed SystemExit()",
        "TypeError cannot pickle '_thread.lock' object",
        "late",
    ]
    assert not left_processes(done.pid)
