"""diagnose.py: the verdicts, and that it changes nothing about the program."""

import functools
import json
import os
import pty
import signal
import subprocess
import sys
import textwrap
import time
import types

import pytest

from book.examples.scripts import SCRIPTS
from tests.scripts.conftest import pythons_since
from tools.running import interpreters

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
BLOCKED_LOOP = (
    PRIMES
    + """
import asyncio
async def main():
    for _ in range(4): await asyncio.sleep(0.02); primes(120_000)
asyncio.run(main())
"""
)


@pytest.fixture
def diagnose(tmp_path):
    """Write a program, run it through the tool; the finished process."""

    def run(source, *arguments, python=sys.executable, options=(), **extra):
        program = tmp_path / "program.py"
        program.write_text(textwrap.dedent(source), encoding="utf-8")
        return subprocess.run(
            [python, TOOL, *options, program.name, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **extra,
        )

    return run


@pytest.fixture
def verdict(diagnose):
    """The verdict on a program, as data.

    Asked again when other programs kept the cores busy; a test that asks in vain is skipped.
    """

    def of(source, python=sys.executable):
        for _ in range(3):
            done = diagnose(source, python=python, options=["--json"])
            assert done.returncode == 0, done.stderr
            found = json.loads(done.stderr)
            if found["no_core"] < found["wall"] / 3:
                return found
        pytest.skip(f"other programs had the cores for {found['no_core']:.1f} of {found['wall']:.1f} s")

    return of


def test_without_a_program_it_says_how_to_call_it(run):
    """The recorded output is its help."""
    assert run.exit == 2
    assert "Run it: python diagnose.py" in run.text
    assert "It works on Linux." in run.text


@pytest.mark.alone
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


@pytest.mark.alone
@pytest.mark.parametrize("python", PYTHONS)
def test_a_computing_program(verdict, python):
    """It computes on one core."""
    found = verdict(COMPUTES, python.path)
    assert found["computing_percent"] > 60
    assert found["cores_used"] < 1.3
    assert found["threads"] == 1
    assert found["recipe"] == "Parallelize CPU work across processes"


@pytest.mark.alone
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


@pytest.mark.alone
@pytest.mark.parametrize("python", PYTHONS)
def test_a_pool_of_processes(verdict, python):
    """The children's time counts, whatever their start method."""
    found = verdict(POOL, python.path)
    assert found["processes"] >= 3
    assert found["computing_percent"] > 50
    assert found["cores_wanted"] > 1.3
    assert "GIL" not in found["summary"]


@pytest.mark.alone
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


@pytest.mark.alone
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


@pytest.mark.alone
def test_computing_in_the_event_loop(verdict):
    """No task can run meanwhile."""
    found = verdict(BLOCKED_LOOP)
    assert "event loop" in found["summary"]
    assert found["recipe"] == "Mix async with blocking or CPU-heavy code"


def test_a_short_run_is_not_judged(diagnose):
    """Python's own start is most of it."""
    assert "too short" in diagnose("print(1)").stderr


def test_a_short_run_on_a_busy_machine_is_not_judged(example):
    """Most of its 0.4 s it waited for a core."""
    found = example["Verdict"]("program.py", "CPython", 2, 0, wall=0.4, no_core=0.3)
    example["judge"](found)
    assert "too short" in found.summary


@pytest.fixture
def counted(example):
    """The verdict on what was seen in each second, on two cores: [(CPU, {thread: wanted})]."""

    def count(seconds):
        looks = [(0.0, example["Look"](0.0, 1))]
        cpu, wanted = 0.0, {}
        for end, (used, more) in enumerate(seconds, 1):
            cpu += used
            wanted = {key: wanted.get(key, 0) + more.get(key, 0) for key in wanted | more}
            looks.append((float(end), example["Look"](cpu, 1, set(wanted), wanted)))
        found = example["Verdict"]("program.py", "CPython", 2, 0, wall=float(len(seconds)))
        example["count"](found, looks, cpu, {})
        return found

    return count


ONE, TWO, THREE, FOUR = ((pid, pid) for pid in range(1, 5))


def test_a_core_that_others_use_is_no_waiting(counted):
    """It got a core for half of the time and wanted it for all: it computes. Linux may count
    the wait for a core seconds late, when it ends."""
    for seconds in (
        [(0.5, {ONE: 1.0})] * 4,
        [(0.5, {ONE: 0.5}), (0.5, {ONE: 0.5}), (0.5, {ONE: 0.5}), (0.5, {ONE: 2.5})],
    ):
        found = counted(seconds)
        assert (found.computing_percent, found.waiting_percent) == (100, 0)
        assert (found.no_core, found.no_core_percent) == (2.0, 50)


def test_waiting_is_found_on_a_busy_machine(counted):
    """Its start wanted a core for 3 of 4 s and got it for 0.1 s; for the rest it slept."""
    found = counted([(0.0, {ONE: 0.0})] + [(0.0, {ONE: 0.0})] * 2 + [(0.1, {ONE: 3.0})])
    assert found.waiting_percent > 90


def test_more_workers_than_cores_wait_for_each_other(counted):
    """Four on two cores: no other program was in the way."""
    found = counted([(2.0, {ONE: 1.0, TWO: 1.0, THREE: 1.0, FOUR: 1.0})] * 3)
    assert (found.no_core_percent, found.computing_percent, found.cores_used) == (0, 100, 2)


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
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        **extra,
    )
    assert through.stdout == direct.stdout
    assert ("\n1 1 [" if path else "\n1 None [") in through.stdout
    assert through.stderr.startswith(direct.stderr)
    assert through.returncode == direct.returncode == 7
    assert "exit status 7" in through.stderr


AWKWARD = {
    "it ends without a status": "import sys; sys.exit()",
    "with a message": "import sys; sys.exit('no disk')",
    "with a number that is too big": "import sys; sys.exit(300)",
    "with a negative number": "import sys; sys.exit(-1)",
    "at once": "import os; os._exit(3)",
    "by an error": "raise ValueError('caf\xe9')",
    "by a signal of its own": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "by a crash": "import ctypes; ctypes.string_at(0)",
    "it reads bytes": "import sys; print(len(sys.stdin.buffer.read()))",
    "it writes bytes": "import sys; sys.stdout.buffer.write(bytes(range(256)) * 500)",
    "errors that are no text": "import sys; sys.stderr.buffer.write(b'\\xff\\xfe\\n')",
    "it says nothing": "",
    "it waits for a signal": """
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        os.kill(os.getpid(), signal.SIGUSR1)
        print(signal.sigwait({signal.SIGUSR1}))
    """,
    "an alarm ends its sleep": """
        import signal, time
        def ring(number, frame): raise TimeoutError("ring")
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        time.sleep(10)
    """,
    "it forks": """
        import os
        for number in range(3):
            child = os.fork()
            if not child: os._exit(number)
            print(os.waitpid(child, 0)[1])
    """,
    "it becomes another program": "import os, sys; os.execv(sys.executable, ['python', '-c', 'print(6)'])",
}


@pytest.mark.parametrize("source", [pytest.param(AWKWARD[name], id=name) for name in AWKWARD])
def test_an_awkward_program_is_not_changed(tmp_path, source):
    """Output and errors to the byte, and the exit status, are those of a run without the tool."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(source), encoding="utf-8")
    runs = [
        subprocess.run(
            [sys.executable, *through, program.name],
            cwd=tmp_path,
            capture_output=True,
            input=b"a\0b\xff",
            timeout=60,
            check=False,
        )
        for through in ([], [TOOL, "--report", "verdict.txt"])
    ]
    direct, diagnosed = runs
    assert diagnosed.stdout == direct.stdout
    assert diagnosed.stderr == direct.stderr
    status = direct.returncode
    assert diagnosed.returncode == (status if status >= 0 else 128 - status)
    assert "--- diagnose: program.py" in (tmp_path / "verdict.txt").read_text()


def test_a_name_that_is_no_text(tmp_path):
    """File names on Linux are bytes; the report is still written."""
    name = os.fsdecode(b"caf\xe9.py")
    try:
        (tmp_path / name).write_text("print('ran')")
    except OSError:
        pytest.skip("this file system wants text")
    done = subprocess.run(
        [sys.executable, TOOL, "--report", "verdict.txt", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("ran\n", "")
    assert "caf\\udce9.py" in (tmp_path / "verdict.txt").read_text()


def test_nobody_reads_the_verdict(tmp_path):
    """A closed standard error changes neither output nor exit status."""
    (tmp_path / "program.py").write_text("import sys; print('ran'); sys.exit(7)")
    done = subprocess.run(
        f"{sys.executable} {TOOL} program.py 2>&-",
        shell=True,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("ran\n", 7)


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


@pytest.mark.alone
@pytest.mark.parametrize("python", pythons_since("3.14")[-1:])
def test_sub_interpreters_are_left_alone(verdict, python):
    """They do not allow a thread that nobody joins."""
    found = verdict(
        "import time\n"
        "from concurrent.futures import InterpreterPoolExecutor\n"
        "with InterpreterPoolExecutor(2) as pool: list(pool.map(time.sleep, [0.3] * 4))\n",
        python.path,
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
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("cleaned up")


@pytest.fixture
def started(tmp_path):
    """Start a program through the tool, wait until it says "ready"; end what is left of it."""
    running = []

    def start(source, *flags):
        (tmp_path / "program.py").write_text(textwrap.dedent(source))
        process = subprocess.Popen(
            [sys.executable, *flags, TOOL, "program.py"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        with process:
            process.kill()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGABRT"])
def test_a_signal_for_the_tool_is_the_programs(started, name):
    """Each is handed on once; the tool goes on, and then gives its verdict."""
    process = started(f"""
        import signal, time
        got = []
        signal.signal(signal.{name}, lambda number, frame: got.append(number))
        print("ready", flush=True)
        while not got: time.sleep(0.01)
        time.sleep(0.3)
        print([signal.Signals(number).name for number in got])
    """)
    process.send_signal(getattr(signal, name))
    output, errors = process.communicate(timeout=60)
    assert output == f"[{name!r}]\n"
    assert "--- diagnose: program.py" in errors
    assert process.returncode == 0


def test_an_interrupt_ends_the_program_and_not_the_verdict(started):
    """KeyboardInterrupt is raised in the program, whose traceback and status are as always."""
    process = started("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.count("KeyboardInterrupt") == 1
    assert "--- diagnose: program.py" in errors
    assert process.returncode == 128 + signal.SIGINT


def test_ctrl_c_reaches_the_program_once(tmp_path):
    """A terminal interrupts the tool and the program; the tool does not hand that on."""
    (tmp_path / "program.py").write_text(
        textwrap.dedent("""
            import signal, time
            got = []
            signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
            print("ready", flush=True)
            while not got: time.sleep(0.01)
            time.sleep(0.3)
            print("got", len(got))
        """)
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execv(sys.executable, [sys.executable, str(TOOL), "program.py"])
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    while b"Recipe" not in seen:
        seen += os.read(terminal, 1000)
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)
    assert b"got 1" in seen


def test_options_of_the_interpreter_reach_the_program(tmp_path):
    """-X, -W, -O, -u and the like; the tool itself makes no warning."""
    (tmp_path / "program.py").write_text(
        "import sys\nprint(sys.flags, sys.warnoptions, sorted(sys._xoptions.items()), sys.orig_argv[1:-1])\n"
        "print(sys.stdout.write_through)"
    )
    flags = ["-X", "dev", "-W", "error", "-O", "-u", "-B", "-X", "no_debug_ranges", "-s"]
    runs = [
        subprocess.run(
            [sys.executable, *flags, *through, "program.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        for through in ([], [TOOL])
    ]
    assert runs[0].stdout == runs[1].stdout
    assert "Warning" not in runs[1].stderr


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_a_program_that_is_closed_to_it_runs_all_the_same(tmp_path, flag):
    """With these options Python does not load the part that looks inside: only the line is missing."""
    (tmp_path / "program.py").write_text(WAITS)
    done = subprocess.run(
        [sys.executable, flag, TOOL, "--json", "program.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert json.loads(done.stderr)["waiting_percent"] > 50


@pytest.mark.parametrize("python", PYTHONS)
def test_a_daemon_is_left_alone(diagnose, tmp_path, python):
    """It forks twice and goes on; the tool ends, and no thread of it stays in the daemon."""
    daemon = """
        import os, sys, time
        time.sleep(0.3)
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            for number in range(3):
                os.close(number)
            while len(os.listdir("/proc/self/task")) > 1: time.sleep(0.01)
            with open("alone.new", "w") as file: file.write(str(os.getppid()))
            os.rename("alone.new", "alone")
            os._exit(0)
        os.wait()
    """
    done = diagnose(daemon, python=python.path)
    assert done.returncode == 0
    limit = time.monotonic() + 30
    while not (tmp_path / "alone").exists():
        assert time.monotonic() < limit, "it never was alone"
        time.sleep(0.01)


def test_one_look_is_enough(example):
    """A program that was gone after the first look has a verdict."""
    found = example["Verdict"]("program.py", "CPython", 2, 0, wall=0.01)
    example["count"](found, [(0.0, example["Look"](0.0, 1))], 0.0, {})
    example["judge"](found)
    assert "too short" in found.summary


def test_a_virtual_environment_is_not_the_readers_code(example, tmp_path):
    """Its packages stand inside the reader's folder; the line named is the reader's."""
    record = types.SimpleNamespace(library="/usr/lib/python3.13", home=None)
    is_own = functools.partial(example["Record"].is_own, record)
    package = f"{tmp_path}/.venv/lib/python3.13/site-packages/requests/api.py"
    stack = [
        ("/usr/lib/python3.13/socket.py", "SocketIO.readinto", 1),
        (package, "get", 2),
        (f"{tmp_path}/shop.py", "Shop.prices", 3),
    ]
    assert example["understand"](stack, is_own).place == (f"{tmp_path}/shop.py", 3, "Shop.prices")


def test_other_systems_are_told(example, monkeypatch):
    """What has not been tried there does not pretend to work."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux only" in example["problem"](["program.py"])


def test_modules_and_packages(tmp_path):
    """-m, as Python has it."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__main__.py").write_text("import sys\nprint(__spec__.name, sys.argv[1:])\n")
    done = subprocess.run(
        [sys.executable, TOOL, "-m", "shop", "--json", "-m"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
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
        (["--report", "no/such/folder", "program.py"], "Cannot write 'no/such/folder': No such file"),
    ],
)
def test_what_cannot_be_started_is_said_clearly(tmp_path, arguments, words):
    """One line, no traceback, and nothing has run."""
    (tmp_path / "program.py").write_text("print('ran')")
    done = subprocess.run(
        [sys.executable, TOOL, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this /proc")
def test_a_process_may_go_while_it_is_looked_at(example, monkeypatch):
    """A child that lives for a moment is no error of the tool."""
    meter = example["Meter"](types.SimpleNamespace(pid=os.getpid()))
    assert meter.look().processes >= 1  # this one, and what other tests have started

    def gone(folder):
        raise FileNotFoundError(folder)

    monkeypatch.setattr(os, "listdir", gone)
    assert meter.look().processes == 0


def test_nothing_is_left_in_the_temporary_folder(diagnose, tmp_path):
    """The folder with its samples goes, also with processes that were started."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    diagnose(POOL, env=os.environ | {"TMPDIR": str(folder)})
    assert list(folder.iterdir()) == []


def test_it_names_recipes_that_exist(example):
    """A reader can search the guide for the recipe's name."""
    titles = {
        line.removeprefix("# ")
        for page in (SCRIPTS.parent / "recipes").glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("# ")
    }
    assert set(example["RECIPES"].values()) <= titles
