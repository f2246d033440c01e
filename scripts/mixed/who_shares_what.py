# /// script
# requires-python = ">=3.11"
# ///
"""Who shares what with the program that starts it: six ways, compared.

Each worker says what it sees of main, and changes it; main looks again.

Run it: python who_shares_what.py
"""

import asyncio
import contextvars
import multiprocessing
import os
import sys
import tempfile
import threading
from functools import partial

# [look]
notes = []
lock = threading.Lock()
dish = contextvars.ContextVar("dish", default="none")
WANTED = {"memory": "main", "environment": "new", "folder": "main",
          "descriptor": "open", "lock": "locked", "context": "main"}


def look(fd, file, folder, back=None):
    """Say what a worker sees of main's things, then change them."""
    try:
        same = os.fstat(fd).st_ino == file
        descriptor = "open" if same else "another"
    except OSError:
        descriptor = "closed"
    here = os.path.samefile(os.getcwd(), folder)
    seen = {
        "memory": notes[-1] if notes else "empty",
        "environment": os.environ["MENU"],
        "folder": "main" if here else "another",
        "descriptor": descriptor,
        "lock": "locked" if lock.locked() else "free",
        "context": dish.get(),
    }
    notes.append("worker")
    os.environ["MENU"] = "worker"
    os.chdir(os.path.dirname(folder))
    if descriptor == "open":
        os.lseek(fd, 1, os.SEEK_SET)  # the place in the file
    if lock.locked():
        lock.release()
    dish.set("worker")
    if back:
        back.send(seen)
    return seen
# [/look]


# [ways]
async def look_later(*args):
    return look(*args)


async def a_task(*args):
    return await asyncio.create_task(look_later(*args))


def task(*args):
    with asyncio.Runner() as runner:
        # The loop's own context would hide main's.
        context = contextvars.copy_context()
        return runner.run(a_task(*args), context=context)


def thread(*args):
    found = []
    worker = threading.Thread(target=lambda: found.append(look(*args)))
    worker.start()
    worker.join()
    return found[0]


def interpreter(*args):
    from concurrent import interpreters  # Python 3.14
    other = interpreters.create()
    try:
        return other.call(look, *args)
    finally:
        other.close()


def process(method, *args):
    """Start a process for one look."""
    context = multiprocessing.get_context(method)
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=look, args=(*args, there))
    worker.start()
    seen = here.recv()
    worker.join()
    return seen
# [/ways]


# [compare]
def compare(way, folder):
    """Run one way, and say for each thing what it has of main's."""
    os.chdir(folder)
    os.environ["MENU"] = "new"
    notes[:] = ["main"]
    dish.set("main")
    lock.acquire()
    with tempfile.TemporaryFile() as file:
        fd = file.fileno()
        seen = way(fd, os.fstat(fd).st_ino, folder)
        if sys.version_info >= (3, 14):
            os.reload_environ()  # from the process
        moved = os.lseek(fd, 0, os.SEEK_CUR) == 1
    here = os.path.samefile(os.getcwd(), folder)
    changed = {
        "memory": notes[-1] == "worker",
        "environment": os.environ["MENU"] == "worker",
        "folder": not here,
        "descriptor": moved,
        "lock": not lock.locked(),
        "context": dish.get() == "worker",
    }
    if lock.locked():
        lock.release()
    has = {}
    for thing, wanted in WANTED.items():
        if seen[thing] == wanted:
            has[thing] = "shared" if changed[thing] else "copy"
        else:
            has[thing] = "old" if seen[thing] == "old" else "own"
    return has
# [/compare]


def print_row(name, cells):
    row = "".join(f"{cell:12}" for cell in cells)
    print(f"{name:16}{row}".rstrip())


def main():
    os.environ["MENU"] = "old"
    ways = {"task": task, "thread": thread}
    if sys.version_info >= (3, 14):
        ways["sub-interpreter"] = interpreter
    for method in "fork", "forkserver", "spawn":
        if method in multiprocessing.get_all_start_methods():
            ways[method] = partial(process, method)
    if "forkserver" in ways:
        from multiprocessing import forkserver
        forkserver.ensure_running()  # as if this were its second worker
    with tempfile.TemporaryDirectory() as above:
        folder = os.path.join(above, "main")
        os.mkdir(folder)
        print_row("", WANTED)
        for name, way in ways.items():
            print_row(name, compare(way, folder).values())
        os.chdir(os.path.dirname(above))


if __name__ == "__main__":
    main()
