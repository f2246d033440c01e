"""What the pages of mistakes say about messages, tools and pairs without showing a run of it."""

import difflib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from book.examples.recording import Recording, mask
from book.examples.scripts import ROOT, SCRIPTS
from tools.running import TIME_LIMIT, interpreters, recipes

INDEX = (ROOT / "recipes" / "mistakes.md").read_text(encoding="utf-8")
PAGES = {
    page.name: page.read_text(encoding="utf-8") for page in sorted((ROOT / "recipes").glob("mistakes-*.md"))
}
TEXT = "".join([INDEX, *PAGES.values()])
EVERY_PYTHON = [pytest.param(python, id=python.tag) for python in interpreters()]

NEVER_AWAITED = """
import asyncio

async def send():
    pass

async def main():
    send()

asyncio.run(main())
"""

MAP_WITHOUT_ITERATING = """
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as pool:
    pool.map(int, ["no number"])
print("nothing was raised")
"""

EXCEPTION_IN_A_POOL = """
import multiprocessing
import os

class PhotoError(Exception):
    def __init__(self, photo, reason):
        super().__init__(f"{photo}: {reason}")

def shrink():
    raise PhotoError("lake.jpg", "not a picture")

if __name__ == "__main__":
    pool = multiprocessing.get_context("spawn").Pool(1)
    try:
        pool.apply_async(shrink).get(timeout=1)
    except multiprocessing.TimeoutError:
        print("no result", flush=True)
    os._exit(0)  # its clean-up raises an AssertionError; the worker ends with its pipe
"""

DUMP_ON_SIGNAL = """
import faulthandler, os, signal

faulthandler.register(signal.SIGUSR1)

def stuck_here():
    os.kill(os.getpid(), signal.SIGUSR1)

stuck_here()
"""

STUCK = """
import os
import threading
import time

def wait_for_ever(lock):
    lock.acquire()

lock = threading.Lock()
lock.acquire()
threading.Thread(target=wait_for_ever, args=[lock], daemon=True).start()
print("stuck", flush=True)
time.sleep(3)  # its end, if nobody looks
os._exit(0)
"""

LOOK_INTO = """
import os, subprocess, sys
from pathlib import Path

program = subprocess.Popen([sys.executable, sys.argv[1]], stdout=subprocess.PIPE)
program.stdout.readline()
tool = Path(sys.executable).with_name("py-spy")
os.execv(tool, [tool, "dump", "--pid", str(program.pid)])  # its parent may look into it
"""

RUFF = """
import asyncio


async def f():
    asyncio.create_task(g())
    try:
        await g()
    except:
        pass
    try:
        await g()
    except BaseException:
        pass
"""


def run(python, program, folder, *options):
    """Run a program from a file."""
    script = folder / "program.py"
    script.write_text(program)
    return subprocess.run(
        [python.path, *options, script], capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_a_coroutine_that_is_never_awaited_does_not_fail_the_program(python, tmp_path):
    """Exit status 0 even with -W error; -X dev shows where it was made."""
    for options in [(), ("-W", "error")]:
        done = run(python, NEVER_AWAITED, tmp_path, *options)
        assert done.returncode == 0
        assert "RuntimeWarning: coroutine 'send' was never awaited" in done.stderr
    assert "Coroutine created at" in run(python, NEVER_AWAITED, tmp_path, "-X", "dev").stderr


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_a_map_that_nobody_iterates_is_silent(python, tmp_path):
    """The error of the only item is lost."""
    done = run(python, MAP_WITHOUT_ITERATING, tmp_path)
    assert (done.stdout, done.stderr) == ("nothing was raised\n", "")


@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_multiprocessing_pool_loses_an_exception_it_cannot_rebuild(python, tmp_path):
    """The result never comes, and no error either."""
    assert run(python, EXCEPTION_IN_A_POOL, tmp_path).stdout == "no result\n"


@pytest.mark.skipif(sys.platform != "linux", reason="macOS wants root, Windows has no exec")
def test_py_spy_shows_where_a_thread_hangs(tmp_path):
    """With the name of the function, in a program that was not prepared for it."""
    stuck = tmp_path / "stuck.py"
    stuck.write_text(STUCK)
    look = tmp_path / "look.py"
    look.write_text(LOOK_INTO)
    command = [recipes().path, look, stuck]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert "wait_for_ever (stuck.py:7)" in done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
@pytest.mark.parametrize("python", EVERY_PYTHON)
def test_faulthandler_answers_a_signal(python, tmp_path):
    """The stack of the running program, and the program goes on."""
    done = run(python, DUMP_ON_SIGNAL, tmp_path)
    assert done.returncode == 0
    assert "in stuck_here" in done.stderr


def test_debug_mode_refuses_calls_from_another_thread(run_once):
    """`-X dev` raises in the thread that sets the asyncio.Event."""
    done = run_once(SCRIPTS / "asyncio/wake_from_thread_broken.py", interpreters()[-1], options=("-X", "dev"))
    message = "Non-thread-safe operation invoked on an event loop other than the current one"
    assert f"RuntimeError: {message}" in done.text
    assert message in TEXT


def test_a_hidden_warning_names_the_fork(run_once):
    """Python 3.12 and newer warn of fork with threads; the text on the page is theirs."""
    recording = Recording.read(SCRIPTS / "processes/fork_with_lock_broken.out")
    warning = re.search(r"This process .*", recording.text)[0]
    assert re.sub(r"pid=\d+", "pid=…", warning).rstrip(".") in TEXT


def test_the_rules_of_ruff_find_what_the_page_says(tmp_path):
    """RUF006, E722 and BLE001, one line each."""
    script = tmp_path / "reviewed.py"
    script.write_text(RUFF)
    found = subprocess.run(
        [
            Path(sys.executable).with_name("ruff"),
            "check",
            "--isolated",
            "--select",
            "RUF006,E722,BLE001",
            "--output-format",
            "concise",
            script,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
    ).stdout
    for rule, line in ("RUF006", 6), ("E722", 9), ("BLE001", 13):
        assert rule in TEXT
        assert re.search(rf":{line}:\d+: {rule} ", found), found


@pytest.mark.parametrize("name", PAGES)
def test_every_mistake_has_cause_fix_and_detection(name):
    """Every entry says all three, runs wrong and right, and both indexes lead to it."""
    finder, by_symptom = INDEX.split("## All mistakes by symptom")
    entries = re.split(r"^### ", PAGES[name].split("## Recap")[0], flags=re.MULTILINE)[1:]
    assert len(entries) >= 10
    for entry in entries:
        title = entry.splitlines()[0]
        for word in "Cause", "Fix", "Detect":
            assert entry.count(f"**{word}**:") == 1, (title, word)
        shown, rest = entry.split("**Cause**:")
        mended = rest.split("**Fix**:")[1].split("**Detect**:")[0]
        for part, what in (shown, "mistake"), (mended, "repair"):
            assert re.search(r"^```{(code-cell|script)}", part, re.MULTILINE), f"{title}: no {what} runs."
        anchor = re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
        for index in finder, by_symptom:
            assert f"({name}#{anchor})" in index, f"No line leads to {title!r}."


# The sections that recipes/mistakes.html had while it was one page.
OLD_ADDRESSES = [
    "it-does-nothing",
    "the-coroutine-never-ran",
    "a-background-task-vanishes",
    "a-task-fails-behind-your-back",
    "asyncio-wait-raises-nothing",
    "a-job-fails-and-the-pool-keeps-quiet",
    "the-end-of-the-program-cuts-a-thread-off",
    "break-leaves-an-async-generator-open",
    "the-result-is-wrong",
    "two-tasks-act-on-an-old-answer",
    "threads-lose-updates",
    "processes-lose-updates",
    "a-list-in-a-shared-dict-does-not-change",
    "a-cancelled-task-counts-as-a-success",
    "the-others-run-on-after-a-failure",
    "workers-do-not-see-a-global",
    "it-hangs",
    "two-locks-in-two-orders",
    "a-lock-is-taken-twice",
    "a-notification-comes-before-the-wait",
    "queue-join-waits-for-a-dead-worker",
    "a-pool-waits-for-itself",
    "join-comes-before-get",
    "nobody-reads-the-pipe",
    "a-thread-sets-an-asyncio-event",
    "multiprocessing-pool-does-not-notice-a-crash",
    "the-block-of-a-pool-ends-its-jobs",
    "fork-copies-a-locked-lock",
    "the-timeout-does-not-work",
    "a-task-swallows-its-cancellation",
    "a-timeout-needs-an-await",
    "except-timeouterror-is-inside-the-block",
    "a-timeout-ends-the-wait-not-the-work",
    "it-is-as-slow-as-before",
    "awaits-stand-one-after-another",
    "a-loop-that-never-pauses",
    "everything-at-once",
    "it-raises-something-odd",
    "except-does-not-catch-the-error",
    "a-lock-outlives-its-loop",
    "two-threads-share-a-generator",
    "no-guard-around-the-pool",
    "an-exception-cannot-be-rebuilt",
]


@pytest.mark.parametrize("anchor", OLD_ADDRESSES)
def test_an_old_address_leads_to_the_entry(anchor):
    """At the old anchor stands a link to the page that has the mistake now."""
    lines = INDEX.split(f"({anchor})=\n")
    assert len(lines) == 2
    page, new = re.match(r"\s*\[.+\]\((mistakes-[\w-]+\.md)#([\w-]+)\)\n", lines[1]).groups()
    titles = re.findall(r"^##+ (.+)", PAGES[page], re.MULTILINE)
    assert new in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    if anchor != "it-raises-something-odd":  # two pages now, asyncio's first
        assert new.replace("-", "") == anchor.replace("-", "")


# What prints the messages of the page's first table, one after another.
MESSAGES = """
import asyncio, atexit, contextvars, gc, multiprocessing, os, pickle, resource, threading, time, traceback
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

class PhotoError(Exception):
    def __init__(self, photo, reason):
        super().__init__(f"{photo}: {reason}")

async def nothing():
    pass

async def fails():
    raise OSError

async def vanishes():
    await asyncio.get_running_loop().create_future()

async def drop(function):
    asyncio.create_task(function())
    await asyncio.sleep(0.01)
    gc.collect()

async def group():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fails())

async def nested():
    asyncio.run(nothing())

async def twice():
    coroutine = nothing()
    await coroutine
    await coroutine

async def use(lock):
    async with lock:
        await asyncio.sleep(0)

async def together(lock):
    await asyncio.gather(use(lock), use(lock))

async def make_future():
    return asyncio.get_running_loop().create_future()

async def wait_for(future):
    await future

async def from_thread():
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=loop.call_soon, args=[print])
    thread.start()
    thread.join()

async def block():
    time.sleep(0.2)

def two_loops():
    lock = asyncio.Lock()
    asyncio.run(together(lock))
    asyncio.run(together(lock))

def many_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    files = [open(os.devnull) for _ in range(100)]

def one_generator():
    def numbers():
        next(itself)
        yield
    itself = numbers()
    next(itself)

async def awaits_none():
    await None

async def ends_an_iterator():
    next(iter([]))

def use_closed_loop():
    async def get():
        return asyncio.get_running_loop()
    asyncio.run(get()).call_soon(print)

def changes(container, change):
    for _ in container:
        change()

def change_all(numbers=frozenset(range(3))):
    for container, change in (set(numbers), set.pop), (deque(numbers), deque.pop):
        try:
            changes(container, lambda: change(container))
        except RuntimeError:
            traceback.print_exc()

def in_pool(function):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(function).result()

def raise_photo_error():
    raise PhotoError("lake.jpg", "not a picture")

if __name__ == "__main__":
    for case in (
        lambda: nothing(),
        lambda: asyncio.run(drop(vanishes)),
        lambda: asyncio.run(drop(fails)),
        lambda: asyncio.run(group()),
        lambda: asyncio.run(nested()),
        two_loops,
        lambda: asyncio.run(wait_for(asyncio.run(make_future()))),
        lambda: asyncio.get_running_loop(),
        lambda: threading.Thread(target=asyncio.get_event_loop).start(),
        lambda: asyncio.run(from_thread(), debug=True),
        lambda: asyncio.run(block(), debug=True),
        lambda: asyncio.run(twice()),
        one_generator,
        lambda: pickle.dumps(lambda: 0),
        lambda: pickle.dumps(eval("lambda: 0")),
        lambda: pickle.dumps(threading.Lock()),
        lambda: in_pool(os.abort),
        lambda: in_pool(raise_photo_error),
        lambda: asyncio.run(awaits_none()),
        lambda: asyncio.run(ends_an_iterator()),
        lambda: compile("await f()", "f.py", "exec"),
        lambda: compile("def f(): await f()", "f.py", "exec"),
        use_closed_loop,
        change_all,
        contextvars.ContextVar("request_id").get,
        lambda: atexit.register(ThreadPoolExecutor().submit, print),
        many_files,
    ):
        try:
            case()
        except Exception:
            traceback.print_exc()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of open files to set")
def test_every_message_is_what_a_python_prints(tmp_path):
    """A search for what a terminal shows finds the row; some messages come from recordings and cells."""
    printed = " ".join(run(python, MESSAGES, tmp_path).stderr for python in interpreters())
    for recording in SCRIPTS.glob("*/*_broken*.out"):
        printed += Recording.read(recording).text
    for page in PAGES:
        printed += "".join(printed_by_cells(interpreters()[-1], page))
    printed = " ".join(printed.split())
    rows = re.findall(r"^\| (`.+?) \| ", INDEX.split("| no message |")[0], re.MULTILINE)
    messages = [message for row in rows for message in re.findall("`(.+?)`", row)]
    assert len(messages) >= 20
    not_printed = [
        message
        for message in messages
        if not re.search(".*".join(map(re.escape, message.split("…"))), printed)
    ]
    newer = {"… it's not found as __main__.<lambda>"} if interpreters()[-1].release < (3, 14) else set()
    assert set(not_printed) <= newer


CELLS = """
import ast, asyncio, contextlib, io, json, sys

async def main():
    names, printed = {"__name__": "__main__"}, []
    for cell in json.load(sys.stdin):
        code = compile(cell, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with contextlib.redirect_stdout(io.StringIO()) as text:
            if (waits := eval(code, names)) is not None:
                await waits
        printed.append(text.getvalue())
    json.dump(printed, sys.stdout)

asyncio.run(main())
"""


def printed_by_cells(python, page):
    """What each cell of a page prints on a Python, addresses and times masked."""
    cells = re.findall(r"^```{code-cell} python\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)
    bare = [re.sub(r"\A---\n.*?\n---\n", "", cell, flags=re.DOTALL) for cell in cells]
    done = subprocess.run(
        [python.path, "-c", CELLS],
        input=json.dumps(bare),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/book/contract{os.pathsep}{ROOT}/book/trace"},
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return [mask(text) for text in json.loads(done.stdout)]


@pytest.mark.parametrize("page", PAGES)
def test_cells_print_the_same_on_every_python(page):
    """What the page says of tasks does not depend on the version."""
    oldest, *newer = interpreters()
    expected = printed_by_cells(oldest, page)
    assert [python.tag for python in newer if printed_by_cells(python, page) != expected] == []


SHOWN = sorted(set(re.findall(r"^```{script} (\S+_broken)\.py", TEXT, re.MULTILINE)))


@pytest.mark.parametrize("broken", SHOWN)
def test_a_pair_differs_in_few_lines(broken):
    """Besides docstring and command, at most eight lines differ between wrong and right."""
    pair = broken, broken.replace("_broken", "_fixed")
    texts = [(SCRIPTS / f"{name}.py").read_text(encoding="utf-8") for name in pair]
    code = [text.split('"""', 2)[2].splitlines() for text in texts]
    removed = [line for line in difflib.ndiff(*code) if line.startswith("- ")]
    added = [line for line in difflib.ndiff(*code) if line.startswith("+ ")]
    assert 0 < max(len(removed), len(added)) <= 8, "\n".join([*removed, *added])
