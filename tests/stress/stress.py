"""Run the stresses of one recipe, in a folder where the recipe stands as readers download it.

    python stress.py fan_out             every stress of rows/fan_out.py; a line for each
    python stress.py fan_out --program x   the program x of rows/fan_out.py, which is sent signals

Nothing here knows of pytest or of the guide: it runs on every Python that a reader may have.
"""

import asyncio
import contextlib
import faulthandler
import importlib
import inspect
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Seconds after which a stress hangs; a busy machine is slow, so no test waits for this to pass.
HANGS = 60
#: Seconds that what ends with its parent may take to be gone.
GRACE = 20


class Program:
    """A program of the rows in a process of its own, in a session of its own."""

    def __init__(self, recipe, name):
        self.process = subprocess.Popen(
            [sys.executable, __file__, recipe, "--program", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.stdout.close()
        self.process.wait()

    def wait_for(self, word, times=1):
        """Read on until the program has said a word so many times."""
        while times:
            line = self.process.stdout.readline()
            assert line, f"It ended and never said {word!r}: {''.join(self.said)}"
            self.said.append(line)
            times -= line.strip() == word

    def send(self, number):
        """Send a signal to the program, and to what it started if it is a terminal that would."""
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def end(self):
        """Wait for its end; nothing that it started is left. Return what it said and its status."""
        status = self.process.wait(HANGS)
        deadline = time.monotonic() + GRACE
        while (left := self.members()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not left, f"left behind: {left}"
        self.said.append(self.process.stdout.read())
        return "".join(self.said), status

    def members(self):
        """The live processes of the session, the helpers of multiprocessing included."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                before, _, after = stat.read_text(errors="replace").rpartition(")")
                if after.split()[3] == str(self.process.pid) and after.split()[0] not in "ZX":
                    found[int(before.split(" ")[0])] = before.partition("(")[2]
        return found


def say(word):
    """Write a line in one piece: several processes write here."""
    os.write(1, f"{word}\n".encode())


def refused(call, **numbers):
    """Call with 0, and with a negative number, for each; each time it says which one is wrong."""
    for name, good in numbers.items():
        for bad in (0, -1):
            with_bad = {**numbers, name: bad}
            try:
                got = call(**with_bad)
                if asyncio.iscoroutine(got):
                    got = asyncio.run(got)
            except ValueError as error:
                assert name in str(error), f"{name}={bad}: {error}"
            else:
                raise AssertionError(f"{name}={bad} gave {got!r} instead of {good}")


def has_traceback(error, name):
    """Whether the traceback of an error, in whatever process it was raised, leads to a function."""
    return name in "".join(traceback.format_exception(error))


def run(check):
    """Run one stress, a function or a coroutine function, and see that it leaves nothing behind."""
    before = set(os.listdir("."))
    if inspect.iscoroutinefunction(check):
        asyncio.run(nothing_left(check))
    else:
        check()
    names = [one.name for one in threading.enumerate() if one is not threading.current_thread()]
    assert not names, f"threads left: {names}"
    children = multiprocessing.active_children()
    assert not children, f"processes left: {children}"
    files = set(os.listdir(".")) - before - {"__pycache__"}
    assert not files, f"files left: {files}"


async def nothing_left(check):
    async with asyncio.timeout(HANGS):
        await check()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left: {left}"


def main():
    recipe = sys.argv[1]
    sys.path[:0] = [os.getcwd(), str(HERE), str(HERE / "rows")]
    rows = importlib.import_module(f"rows_{recipe}")
    if sys.argv[2:3] == ["--program"]:
        return getattr(rows, sys.argv[3])()
    for name in sys.argv[2:]:
        began = time.monotonic()
        faulthandler.dump_traceback_later(HANGS + GRACE, exit=True)
        try:
            run(getattr(rows, name))
        except BaseException:
            print(f"== {name}: failed\n{traceback.format_exc()}", flush=True)
        else:
            print(f"== {name}: survived", flush=True)
        if os.environ.get("TIMES"):
            print(f"{time.monotonic() - began:.2f} s", flush=True)
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    sys.exit(main())
