"""diagnose.py: the verdicts, and that it changes nothing about the program."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tools.running import SCRIPTS, interpreters

TOOL = SCRIPTS / "tools" / "diagnose.py"
PYTHONS = [pytest.param(python, id=python.tag) for python in interpreters()]

PRIMES = """
def primes(limit):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))
"""
WAITS = "import time\nfor n in range(12):\n    time.sleep(0.1)\n"
COMPUTES = PRIMES + "primes(400_000)\n"
THREADS = PRIMES + (
    "import threading\n"
    "threads = [threading.Thread(target=primes, args=(250_000,)) for _ in range(2)]\n"
    "for thread in threads: thread.start()\n"
    "for thread in threads: thread.join()\n"
)
POOL = PRIMES + (
    "from concurrent.futures import ProcessPoolExecutor\n"
    "if __name__ == '__main__':\n"
    "    with ProcessPoolExecutor(2) as pool: list(pool.map(primes, [250_000] * 4))\n"
)
POOL_OF_THREADS = """
import time
from concurrent.futures import ThreadPoolExecutor
def fetch(page):
    time.sleep(0.2)
with ThreadPoolExecutor(4) as pool: list(pool.map(fetch, range(24)))
"""
TASKS = """
import asyncio
async def fetch(page):
    await asyncio.sleep(0.3)
async def main():
    for page in range(2): await fetch(page)
    if {many}: await asyncio.gather(*[fetch(page) for page in range(20)])
asyncio.run(main())
"""
BLOCKED_LOOP = PRIMES + """
import asyncio
async def main():
    for _ in range(4): await asyncio.sleep(0.02); primes(120_000)
asyncio.run(main())
"""


@pytest.fixture
def diagnose(tmp_path):
    """Write a program, run it through the tool; the finished process."""

    def run(source, *arguments, python=sys.executable, options=(), **extra):
        program = tmp_path / "program.py"
        program.write_text(textwrap.dedent(source), encoding="utf-8")
        return subprocess.run(
            [python, TOOL, *options, program.name, *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, **extra,
        )

    return run


@pytest.fixture
def verdict(diagnose):
    """The verdict on a program, as data."""

    def of(source, python=sys.executable):
        done = diagnose(source, python=python, options=["--json"])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stderr)

    return of


def test_without_a_program_it_says_how_to_call_it(run):
    """The recorded output is its help."""
    assert run.exit == 2
    assert "Run it: python diagnose.py" in run.text
    assert "not tested" in run.text


@pytest.mark.parametrize("python", PYTHONS)
def test_a_waiting_program(verdict, python):
    """It waits, one thing after another, in the line with the sleep."""
    found = verdict(WAITS, python.path)
    assert found["waiting_percent"] > 60
    if python.free_threaded:
        assert "cannot see where" in found["summary"]
        return
    assert found["waits_at_once"] < 1.5
    [place] = found["waiting_in"]
    assert (place["line"], place["code"]) == (3, "time.sleep(0.1)")
    assert found["recipe"] == "Run blocking calls in a thread pool"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_computing_program(verdict, python):
    """It computes on one core."""
    found = verdict(COMPUTES, python.path)
    assert found["computing_percent"] > 60
    assert found["cores_used"] < 1.3
    assert found["threads"] == 1
    assert found["recipe"] == "Parallelize CPU work across processes"


@pytest.mark.parametrize("python", PYTHONS)
def test_threads_that_compute_take_turns_where_there_is_a_gil(verdict, python):
    """The hint names the GIL, and only on a standard build."""
    found = verdict(THREADS, python.path)
    assert found["gil"] != python.free_threaded
    assert found["computing_percent"] > 60
    assert ("GIL" in found["summary"]) != python.free_threaded
    if not python.free_threaded:
        assert found["cores_used"] < 1.3
        assert found["recipe"] == "Parallelize CPU work across processes"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_pool_of_processes(verdict, python):
    """The children's time counts, whatever their start method."""
    found = verdict(POOL, python.path)
    assert found["processes"] >= 3
    assert found["computing_percent"] > 50
    assert found["cores_wanted"] > 1.3
    assert "GIL" not in found["summary"]


@pytest.mark.parametrize("python", PYTHONS)
def test_a_pool_of_threads_that_waits(verdict, python):
    """Four waits at a time, in the function of the workers; their main thread does not count."""
    found = verdict(POOL_OF_THREADS, python.path)
    assert found["waiting_percent"] > 60
    if python.free_threaded:
        return
    assert 2.5 < found["waits_at_once"] < 4.5
    assert {place["function"] for place in found["waiting_in"]} == {"fetch"}
    assert "overlaps" in found["summary"]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("many", [False, True])
def test_asyncio_tasks(verdict, python, many):
    """One task after another, or many at a time; the line is the one that awaits."""
    found = verdict(TASKS.format(many=many), python.path)
    if python.free_threaded:
        assert "cannot see where" in found["summary"]
        return
    assert found["event_loop"]
    place = found["waiting_in"][0]
    assert (place["function"], place["code"]) == ("fetch", "await asyncio.sleep(0.3)")
    assert (found["tasks"] > 15) == many
    assert ("overlaps" in found["summary"]) == many
    assert found["recipe"] == "Fan out async calls with a limit"


def test_computing_in_the_event_loop(verdict):
    """No task can run meanwhile."""
    found = verdict(BLOCKED_LOOP)
    assert "event loop" in found["summary"]
    assert found["recipe"] == "Mix async with blocking or CPU-heavy code"


def test_a_short_run_is_not_judged(verdict):
    """Python's own start is most of it."""
    assert "too short" in verdict("print(1)")["summary"]


SHOW_EVERYTHING = """
import os, sys, threading
print(sys.argv, sys.path[1:], __name__, __file__, input(), threading.active_count())
print(len(threading.enumerate()), getattr(sys, "customized", None), sorted(os.environ.items()))
print(sorted({*sys.modules} - {"atexit", "sitecustomize"}))
print("on stderr", file=sys.stderr)
sys.exit(7)
"""


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("path", [None, "somewhere"])
def test_the_program_sees_and_prints_what_it_always_does(diagnose, tmp_path, python, path):
    """Arguments, input, path, environment, modules, threads, output, exit status: all its own.

    Two modules that every Python has built in or looks for are there a little earlier.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "_")}
    if path:
        (tmp_path / path).mkdir()
        (tmp_path / path / "sitecustomize.py").write_text("import sys\nsys.customized = 1\n")
        environment["PYTHONPATH"] = str(tmp_path / path)
    extra = {"input": "typed\n", "env": environment}
    through = diagnose(SHOW_EVERYTHING, "-x", "--json", python=python.path, **extra)
    direct = subprocess.run(
        [python.path, "program.py", "-x", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=False, **extra,
    )
    assert through.stdout == direct.stdout
    assert ("\n1 1 [" if path else "\n1 None [") in through.stdout
    assert through.stderr.startswith(direct.stderr)
    assert through.returncode == direct.returncode == 7
    assert "exit status 7" in through.stderr


@pytest.mark.parametrize("python", PYTHONS)
def test_forking_gives_no_warning_because_of_the_tool(diagnose, python):
    """Since 3.12 a fork beside other threads warns; the tool's own thread steps aside."""
    forks = """
        import os, time
        for _ in range(20):
            time.sleep(0.01)
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
    """
    done = diagnose(forks, python=python.path)
    assert done.returncode == 0
    assert "Warning" not in done.stderr


def test_sub_interpreters_are_left_alone(verdict):
    """They do not allow a thread that nobody joins."""
    newest = interpreters()[-1]
    if newest.release < (3, 14):
        pytest.skip("needs Python 3.14")
    found = verdict(
        "import time\n"
        "from concurrent.futures import InterpreterPoolExecutor\n"
        "with InterpreterPoolExecutor(2) as pool: list(pool.map(time.sleep, [0.3] * 4))\n",
        newest.path,
    )
    assert found["exit_status"] == 0
    assert found["waiting_percent"] > 20


def test_an_uncaught_error_has_its_own_traceback(diagnose):
    """No frame of the tool is in it, and the verdict says that the program failed."""
    done = diagnose("import time\ntime.sleep(0.4)\n1 / 0\n")
    before, _, after = done.stderr.partition("--- diagnose")
    assert before.count("File ") == 1
    assert before.strip().endswith("ZeroDivisionError: division by zero")
    assert "The program failed (exit status 1)" in after
    assert done.returncode == 1


def test_a_killed_program_ends_like_in_a_shell(diagnose):
    """128 and the number of the signal."""
    done = diagnose("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert done.returncode == 128 + signal.SIGKILL


def test_terminating_the_tool_terminates_the_program(tmp_path):
    """SIGTERM is handed on; the program can clean up."""
    (tmp_path / "program.py").write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('cleaned up'))\n"
        "print('ready', flush=True)\n"
        "time.sleep(30)\n"
    )
    with subprocess.Popen(
        [sys.executable, TOOL, "program.py"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("cleaned up")


def test_modules_and_packages(tmp_path):
    """-m, as Python has it."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__main__.py").write_text("import sys\nprint(__spec__.name, sys.argv[1:])\n")
    done = subprocess.run(
        [sys.executable, TOOL, "-m", "shop", "--json", "-m"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )
    assert done.stdout == "shop.__main__ ['--json', '-m']\n"
    assert "--- diagnose: shop --json -m (" in done.stderr


def test_a_report_goes_to_a_file(diagnose, tmp_path):
    """Then nothing is added to standard error."""
    done = diagnose("print('here')", options=["--json", "--report", "report.json"])
    assert (done.stdout, done.stderr) == ("here\n", "")
    assert json.loads((tmp_path / "report.json").read_text())["program"] == "program.py"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such.py"], "There is no file 'no_such.py' in "),
        (["-m", "no_such.module"], "There is no module named 'no_such' to run."),
        (["-m"], "-m needs the name of a module."),
        (["--jsn", "program.py"], "'--jsn' is not one of my options."),
        (["--report"], "--report needs a FILE."),
    ],
)
def test_what_cannot_be_started_is_said_clearly(tmp_path, arguments, words):
    """One line, no traceback, and nothing has run."""
    done = subprocess.run(
        [sys.executable, TOOL, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ps_is_read_on_systems_without_proc(example, monkeypatch):
    """The way for macOS gives the same verdict here, by `ps` (its format there is not tested)."""
    monkeypatch.setattr(sys, "platform", "darwin")
    read = {
        "0:01.25": 1.25, "12:34": 754.0, "01:02:03": 3723.0, "2-01:02:03": 176523.0,
    }
    assert {text: example["clock_seconds"](text) for text in read} == read
    process = subprocess.Popen([sys.executable, "-c", COMPUTES.replace("250_000", "1_000_000")])
    try:
        meter = example["PsMeter"](process)
        first = meter.look()
        assert first.processes == 1
    finally:
        process.kill()
        process.wait()
    assert meter.close() > 0


def test_nothing_is_left_in_the_temporary_folder(diagnose, tmp_path):
    """The folder with its samples goes, also with processes that were started."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    diagnose(POOL, env=os.environ | {"TMPDIR": str(folder)})
    assert list(folder.iterdir()) == []


# What other pages will be called that are not written yet.
PLANNED = {
    "Mix async with blocking or CPU-heavy code",
    "Outgrow one machine",
    "Parallelize CPU work across processes",
}


def test_it_names_recipes_that_exist(example):
    """A reader can search the guide for the recipe's name."""
    titles = {
        line.removeprefix("# ")
        for page in (SCRIPTS.parent / "recipes").glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("# ")
    }
    assert set(example["RECIPES"].values()) <= titles | PLANNED
