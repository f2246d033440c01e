"""timeline.py, as it is served: what it sees, and that it changes nothing about the program."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest

from book.examples.scripts import ROOT, SCRIPTS, Script
from tools.running import RECIPES, interpreters

PYTHONS = [pytest.param(python.path, id=python.tag) for python in interpreters()]

TOGETHER = """
import asyncio, sys, threading, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

lock = threading.Lock()

def alone(number):
    with lock:  # waits here
        time.sleep(0.03)
    return number

async def fetch(number):
    await asyncio.sleep(0.02)
    if number == 1:
        time.sleep(0.08)  # blocks here
    return number

async def main():
    gate = asyncio.Semaphore(1)
    async def guarded(number):
        async with gate:
            return await fetch(number)
    print(await asyncio.gather(fetch(0), fetch(1), guarded(2), guarded(3)))

if __name__ == "__main__":
    asyncio.run(main())
    with ThreadPoolExecutor(2) as pool:
        print(list(pool.map(alone, range(2))))
    with ProcessPoolExecutor(1) as pool:
        print(list(pool.map(time.sleep, [0.02])))
    print(sys.argv[1:], sys.path[0].endswith("work"), __name__, input())
    sys.exit(3)
"""


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "timeline.py").write_text(Script(SCRIPTS / "tools" / "timeline.py").served, encoding="utf-8")
    return folder


@pytest.fixture
def timeline(work):
    """Write a program, run it through the tool; the finished process."""

    def run(source, *arguments, python=sys.executable, options=(), **extra):
        (work / "program.py").write_text(textwrap.dedent(source), encoding="utf-8")
        command = [python, "timeline.py", *options, "program.py", *arguments]
        extra = {"cwd": work, "input": "typed\n", "timeout": 60, **extra}
        return subprocess.run(command, capture_output=True, text=True, check=False, **extra)

    return run


@pytest.fixture
def spans(timeline, work):
    """The same, and what was seen: (process, timeline as data)."""

    def run(source, *arguments, options=(), **extra):
        done = timeline(source, *arguments, options=["--json", "-o", "seen.json", *options], **extra)
        return done, json.loads((work / "seen.json").read_text())

    return run


def of(seen, **wanted):
    """The spans with these values."""
    return [one for one in seen["spans"] if all(one.get(key) == value for key, value in wanted.items())]


def line(source, text):
    return next(n for n, row in enumerate(source.splitlines(), 1) if text in row)


def test_without_a_program_it_says_how_to_call_it(run):
    """The recorded output is its help."""
    assert run.exit == 2
    assert "Run it: python timeline.py" in run.text


@pytest.mark.parametrize("python", PYTHONS)
def test_tasks_threads_and_processes_stand_in_one_picture(spans, python):
    """The program's own outcome is what it is without the tool; each wait has its kind and its line."""
    done, seen = spans(TOGETHER, "a", "b", python=python)
    assert done.returncode == 3
    assert done.stdout == "[0, 1, 2, 3]\n[0, 1]\n[None]\n['a', 'b'] True __main__ typed\n"
    assert done.stderr.count("\n") == 1, done.stderr  # where the timeline is, and nothing else
    models = {lane["name"]: lane["model"] for lane in seen["lanes_about"]}
    assert [models[f"fetch({n})"] for n in range(2)] == ["asyncio", "asyncio"]
    assert models["MainThread"] == models["ThreadPoolExecutor-0_0"] == "threads"
    assert [name for name, model in models.items() if model == "processes"], models
    assert [lane for lane, _, _ in seen["held"]] == ["fetch(1)"]
    blocking = of(seen, lane="MainThread", kind="sleep")
    assert blocking[0]["places"][-1] == ["", line(TOGETHER, "blocks here")]
    assert of(seen, lane="guarded(3)", kind="semaphore")
    (locked,) = [
        one for one in of(seen, kind="lock") if one["places"][-1:] == [["", line(TOGETHER, "waits here")]]
    ]
    assert locked["lane"].startswith("ThreadPoolExecutor")
    process = next(name for name, model in models.items() if model == "processes")
    assert of(seen, lane=process, kind="sleep")


ENDS = """
import os, signal, sys, threading, time
def work(): time.sleep(60)
threading.Thread(target=work, name="sleeper", daemon=True).start()
time.sleep(0.02)
{}
"""


@pytest.mark.parametrize(
    ("how", "status", "mark"),
    [
        ("os._exit(7)", 7, "not done when its process ended"),
        ("raise RuntimeError('boom')", 1, "RuntimeError: boom"),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, "ended without a word"),
        ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt"),
        ("os.abort()", -signal.SIGABRT, "ended without a word"),
        ("sys.stderr.close(); os.close(2); os._exit(4)", 4, "not done"),
    ],
)
def test_however_a_program_ends_there_is_a_timeline(spans, how, status, mark):
    """Its status, or its signal, is the tool's."""
    done, seen = spans(ENDS.format(how))
    assert done.returncode == status
    assert any(mark in span["note"] for span in seen["spans"]), seen["spans"]
    assert of(seen, lane="sleeper", kind="sleep")


def test_signals_reach_the_program_and_a_second_one_costs_nothing(work):
    """Ctrl-C handled, then SIGTERM: the program's own answers, then a timeline."""
    (work / "program.py").write_text(
        "import time\ntime.sleep(0.01)\n"
        "try:\n    print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print('heard', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "timeline.py", "program.py"]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "heard\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM
    assert "time.sleep(0.01)" in (work / "program.timeline.html").read_text()


def test_what_cannot_be_run_is_said_in_words(timeline, work):
    """No such file; a syntax error; an unknown option; a folder that is not there."""
    done = timeline("def broken(:\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "SyntaxError" in done.stderr
    assert done.stderr.endswith("timeline: The program did not start, see above; there is no timeline.\n")
    for arguments, words in [
        (["nothing.py"], "There is no file 'nothing.py' in"),
        (["--wrong", "program.py"], "'--wrong' is not one of my options"),
        (["-o", "no/where.html", "program.py"], "Cannot write 'no/where.html': No such file or directory."),
    ]:
        done = subprocess.run(
            [sys.executable, "timeline.py", *arguments], cwd=work, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert words in done.stderr
    assert sorted(path.name for path in work.iterdir()) == ["program.py", "timeline.py"]


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_where_it_may_not_write_the_program_runs_and_the_timeline_is_elsewhere(work, tmp_path):
    """A folder without write access, also for root: one that is gone."""
    (work / "program.py").write_text(
        "import os, time\nos.rmdir(os.getcwd())\ntime.sleep(0.01)\nprint('done')\n"
    )
    gone = tmp_path / "gone"
    gone.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, work / "timeline.py", work / "program.py"],
        cwd=gone,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "Cannot write program.timeline.html" in done.stderr
    assert [path.name for path in temporary.iterdir()] == ["program.timeline.html"]


def test_a_program_that_replaces_things_is_seen_all_the_same(spans):
    """Its own clock, its own policy of event loops, a daemon that outlives it."""
    done, seen = spans(
        """
        import asyncio, os, time, warnings
        time.perf_counter = time.monotonic = lambda: 0.0
        warnings.simplefilter("ignore")
        class Policy(asyncio.DefaultEventLoopPolicy): pass
        asyncio.set_event_loop_policy(Policy())
        async def nap(): await asyncio.sleep(0)
        asyncio.new_event_loop().run_until_complete(nap())
        if os.fork() == 0:
            os.setsid(); os.closerange(0, 3); time.sleep(0.3); os._exit(0)
        time.sleep(0.02)
        """,
        python=next(python.path for python in interpreters()),
    )
    assert done.returncode == 0, done.stderr
    assert of(seen, lane="nap", state="running")
    assert 0.3 > of(seen, lane="MainThread", kind="sleep")[0]["end"] > 0.02


def test_other_forms_hold_the_same_run(timeline, work):
    """Chrome's trace format for Perfetto, text, and a page that asks no server."""
    source = "import time\ntime.sleep(0.02)\n"
    assert timeline(source, options=["--perfetto"]).returncode == 0
    events = json.loads((work / "program.timeline.perfetto.json").read_text())["traceEvents"]
    (nap,) = [event for event in events if event["name"] == "time.sleep(0.02)"]
    assert nap["ph"] == "X"
    assert nap["dur"] >= 20_000
    assert nap["args"]["places"] == ["program:2"]
    assert "MainThread" in timeline(source, options=["--text", "-o", "-"]).stderr
    assert timeline(source).returncode == 0
    page = (work / "program.timeline.html").read_text()
    assert "time.sleep(0.02)" in page
    assert not re.search(r"(src|href)=|https?://", page)


@pytest.mark.skipif(not RECIPES.exists(), reason="make record installs the packages")
def test_libraries_are_seen_through(spans):
    """uvloop, anyio, aiohttp and httpx: tasks on a loop written in C, a server and a client."""
    done, seen = spans(
        """
        import asyncio, time
        import aiohttp.web, anyio, httpx, uvloop

        async def answer(request):
            await anyio.sleep(0.02)
            time.sleep(0.06)
            return aiohttp.web.Response(text="hello")

        async def ask(client, number):
            print((await client.get("http://127.0.0.1:%d/" % number)).text)

        async def main():
            app = aiohttp.web.Application()
            app.router.add_get("/", answer)
            runner = aiohttp.web.AppRunner(app)
            await runner.setup()
            await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
            async with httpx.AsyncClient(trust_env=False) as client, anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(ask, client, runner.addresses[0][1])
            await runner.cleanup()

        uvloop.run(main())
        """,
        python=str(RECIPES),
    )
    assert (done.returncode, done.stdout) == (0, "hello\nhello\n"), done.stderr
    lanes = [lane["name"] for lane in seen["lanes_about"] if lane["model"] == "asyncio"]
    assert sum("ask" in lane for lane in lanes) == 2
    assert sum(lane.startswith("RequestHandler") for lane, _, _ in seen["held"]) == 2, seen["held"]
    assert len(of(seen, lane="MainThread", kind="sleep")) == 2


@pytest.mark.skipif(not RECIPES.exists(), reason="make record installs the packages")
def test_of_trio_it_says_that_its_tasks_are_not_drawn(spans):
    """The command says so beside the picture, and trace() in its error."""
    done, seen = spans(
        f"""
        import sys, trio
        sys.path += {[str(ROOT / "book" / name) for name in ("trace", "contract")]}
        from overlap_trace import trace
        async def main():
            try: trace().__enter__()
            except RuntimeError as error: print(error)
        trio.run(main)
        """,
        python=str(RECIPES),
    )
    assert "this is a task of trio, whose tasks it cannot see" in done.stdout
    assert "The tasks of trio are not drawn, only the threads that run them." in seen["remark"]
