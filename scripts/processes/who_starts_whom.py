# /// script
# requires-python = ">=3.11"
# ///
"""Three start methods: whose child a worker is, and who ran the file.

Run it: python who_starts_whom.py
"""

import multiprocessing
import os

FILE_RUN_BY = os.getpid()  # noted whenever a process runs this file


# [starts]
def look(back):
    back.send((os.getpid(), os.getppid(), FILE_RUN_BY))


def start(method, program):
    """Start one worker, and say where it and its module come from."""
    context = multiprocessing.get_context(method)
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=look, args=(there,))
    worker.start()
    own, parent, ran = here.recv()
    worker.join()
    names = {program: "the program", own: "the worker"}
    child_of = names.get(parent, "the helper")
    return child_of, names.get(ran, "the helper")
# [/starts]


def main():
    for method in sorted(multiprocessing.get_all_start_methods()):
        child_of, run_by = start(method, os.getpid())
        print(f"{method}: child of {child_of}, file run by {run_by}")


if __name__ == "__main__":
    main()
