# /// script
# requires-python = ">=3.11"
# ///
"""Load more than the memory of the machine.

For Linux. Run it: python killed_broken.py
"""
import signal
import subprocess
import sys

GIGABYTE = 2**30


# [load]
def load():
    """Stands for a photo that is larger than the memory."""
    signal.raise_signal(signal.SIGKILL)  # as the system does
    return bytearray(4 * GIGABYTE)
# [/load]


def main():
    if sys.argv[1:]:
        load()
        return
    command = [sys.executable, __file__, "load"]
    child = subprocess.run(command, capture_output=True, text=True)
    print("Python sees:", child.returncode)
    print("last line:", *child.stderr.splitlines()[-1:])
    in_shell = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", *command],
        capture_output=True,
    )
    print("a shell sees:", in_shell.returncode)



if __name__ == "__main__":
    main()
