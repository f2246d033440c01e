import shutil
import subprocess

from book.examples.scripts import SCRIPTS
from tools.running import TIME_LIMIT

USE = """
import os, sys
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
    shutil.copy(SCRIPTS / "processes" / "killable_call.py", tmp_path)
    (tmp_path / "use.py").write_text(USE)
    done = subprocess.run(
        [python.path, "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stdout.splitlines() == ["exit code 3", "ValueError", "1000000"]
