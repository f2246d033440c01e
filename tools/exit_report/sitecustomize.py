"""On sys.path while an example is recorded or tested: report daemon threads left at exit.

Python runs exit handlers after it has waited for every other thread, so what is still
alive in one is a daemon thread that the program never stopped. Nobody outside the process
can see that. `tools/running.py` names the file to report to.
"""

import atexit
import os
import sys


def report() -> None:
    """Write the names of threads that still run when the program ends."""
    threading = sys.modules.get("threading")  # a program that never imported it has none
    if threading is None:
        return
    names = [
        thread.name
        for thread in threading.enumerate()
        # asyncio's own thread per subprocess: it may outlive the subprocess by a moment.
        if thread.daemon and not thread.name.startswith("asyncio-waitpid")
    ]
    if names:
        with open(os.environ["EXAMPLE_EXIT_REPORT"], "a", encoding="utf-8") as file:
            file.writelines(f"daemon thread {name}\n" for name in names)


atexit.register(report)
