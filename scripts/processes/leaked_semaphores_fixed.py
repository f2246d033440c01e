# /// script
# requires-python = ">=3.11"
# ///
"""End a program with sys.exit while it has a lock for processes.

For Linux and macOS. Run it: python leaked_semaphores_fixed.py
"""
import multiprocessing
import re
import subprocess
import sys


# [end]
def save():
    lock = multiprocessing.get_context("spawn").Lock()
    with lock:
        print("saved", flush=True)
    sys.exit(0)
# [/end]


def main():
    if sys.argv[1:]:
        save()
        return
    program = subprocess.run(
        [sys.executable, __file__, "save"],
        stderr=subprocess.PIPE,
        text=True,
    )
    said = re.search(r"There appear .* at shutdown", program.stderr)
    print(said[0] if said else "no message")



if __name__ == "__main__":
    main()
