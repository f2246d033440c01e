"""What *What changed* says of behavior that has no name to look up, run on each Python that has the change.

On the Python before it the same programs fail or hang; those that hang are not run there.
"""

import subprocess
import tomllib
from typing import NamedTuple

import pytest

from book.extension.reference import DATA
from tools.running import interpreters


class Change(NamedTuple):
    """A program, the release from which it prints `now`, and what it printed `before` (None: not run)."""

    says: str  # the beginning of the row
    since: tuple[int, int]
    program: str
    now: str
    before: str | None


CHANGES = [
    Change(
        "An asynchronous generator with a `TaskGroup`",
        (3, 15),
        """
import asyncio

async def numbers():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(60))
        yield 1

async def main():
    opened = numbers()
    await anext(opened)
    try:
        await opened.aclose()
        print("closed")
    except BaseExceptionGroup as group:
        print(*[type(error).__name__ for error in group.exceptions])

asyncio.run(main())
""",
        "closed",
        "GeneratorExit",
    ),
    Change(
        "`asyncio.as_completed` no longer loses",
        (3, 15),
        """
import asyncio

async def main():
    first, second = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(event.wait(), name=name) for event, name in [(first, "1"), (second, "2")]]
    ended = asyncio.as_completed(tasks)
    step = asyncio.create_task(anext(ended))
    await asyncio.sleep(0)
    tasks[0].add_done_callback(lambda task: step.cancel())
    first.set()
    await asyncio.wait([step])
    second.set()
    print(*[task.get_name() async for task in ended])

asyncio.run(main())
""",
        "1 2",
        None,  # lost for good: the loop over `ended` waits for ever
    ),
    Change(
        "Waiting for a lock at the very end",
        (3, 15),
        """
import builtins, threading

lock, held = threading.Lock(), threading.Event()

def hold():
    with lock:
        held.set()
        threading.Event().wait()

class Late:
    def __del__(self):
        try:
            lock.acquire()
        except BaseException as error:
            print(type(error).__name__)

threading.Thread(target=hold, daemon=True).start()
held.wait()
builtins.late = Late()
""",
        "PythonFinalizationError",
        None,  # hangs
    ),
    Change(
        "`start_tls` raises `ValueError`",
        (3, 15),
        """
import asyncio, ssl

async def main():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        await writer.start_tls(ssl.create_default_context())
    except (ValueError, OSError) as error:
        print(type(error).__name__)
    writer.close()
    server.close()

asyncio.run(main())
""",
        "ValueError",
        None,  # 3.14.8 has it, too
    ),
    Change(
        "`Process.wait` of asyncio returns",
        (3, 15),
        r"""
import asyncio, sys

# The grandchild ends when this program closes its standard input, so it outlives the process.
PROGRAM = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'])"

async def main():
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stdin=pipe, stdout=pipe)
    print(await process.wait())
    process.stdin.close()
    await process.stdout.read()

asyncio.run(main())
""",
        "0",
        None,  # waits for the grandchild; late versions of 3.14 do not
    ),
    Change(
        "`return`, `break` and `continue` in `finally` warn",
        (3, 14),
        r"""
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    compile("def f():\n try: pass\n finally: return", "", "exec")
print(len(caught))
""",
        "1",
        "0",
    ),
    Change(
        "`RLock`, `Condition` and the locks of `multiprocessing`",
        (3, 14),
        """
import multiprocessing, threading

locks = threading.RLock(), threading.Condition(), multiprocessing.Lock()
print(*[hasattr(lock, "locked") for lock in locks])
""",
        "True True True",
        "False False False",
    ),
]


RUNS = [
    pytest.param(change.program, python, expected, id=f"{change.says[:30]}-{python.tag}")
    for change in CHANGES
    for python in interpreters()
    if (expected := change.now if python.release >= change.since else change.before) is not None
]


@pytest.mark.parametrize(("program", "python", "expected"), RUNS)
def test_it_changed_in_this_release(program, python, expected):
    done = subprocess.run([python.path, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == expected, done.stderr


def test_each_is_a_row():
    rows = [
        change["what"]
        for group in tomllib.loads((DATA / "what-changed.toml").read_text(encoding="utf8"))["release"]
        for change in group["change"]
    ]
    assert [change.says for change in CHANGES if not any(row.startswith(change.says) for row in rows)] == []
