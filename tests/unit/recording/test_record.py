"""The recorder keeps good recordings and refuses bad runs."""

import datetime
import importlib.metadata
import json
import os
import sys
from dataclasses import replace

import pytest

from book.examples.recording import Recording, RecordingError
from tools import running
from tools.record import RUNS, main, problems, record, recording_for
from tools.running import can_run, interpreter, interpreters, run_script

PYTHON = interpreter(sys.executable)
HEADER = '# /// script\n# requires-python = ">=3.11"\n# ///\n'
posix = pytest.mark.skipif(os.name != "posix", reason="processes are not checked on Windows")


@pytest.fixture
def write(tmp_path):
    """Write a script under scripts/threads/ of a temporary project."""
    folder = tmp_path / "scripts" / "threads"
    folder.mkdir(parents=True)

    def write(body, name="example.py", head=HEADER):
        script = folder / name
        script.write_text(head + body, encoding="utf-8")
        return script

    return write


def read(script):
    return Recording.read(script.with_suffix(".out"))


def test_a_run_becomes_a_recording(write):
    """Stdout and stderr, exit status, interpreter and fingerprint are stored."""
    script = write("import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr)\n")
    assert record(script, PYTHON).startswith("recorded: example.out")
    made = read(script)
    assert made.text == "out\nerr\n"
    assert (made.kind, made.match, made.exit) == ("script", "exact", 0)
    assert (made.python, made.build) == (PYTHON.version, PYTHON.build)
    assert made.command == "python example.py"
    assert made.date == datetime.date.today().isoformat()
    assert problems(script.parent) == []


def test_an_equally_good_run_keeps_the_text(write):
    """Only the date moves when the same script on the same Python gives an accepted run."""
    script = write("import time\nprint(f'{time.perf_counter_ns() / 1e9:.9f} s')\n")
    record(script, PYTHON, match="masked")
    before = read(script)
    replace(before, date="2020-01-01").write(script.with_suffix(".out"))
    assert record(script, PYTHON).startswith("confirmed")
    assert read(script) == before


WITH_SPANS = """
import json, random, sys, time
delay = random.uniform(0, 0.1)
time.sleep(delay)
print(f"{delay:.6f} s")
if sys.argv[1:2] == ["--spans"]:
    with open(sys.argv[2], "w") as file:
        json.dump({"jobs": [["a", 0, delay]]}, file)
"""


def test_spans_are_of_the_run_whose_text_is_kept(write, monkeypatch):
    """--spans: the fastest of several runs, its text and its spans together, then and ever after."""
    script = write(WITH_SPANS)
    runs = []

    def watched(*args, **options):
        runs.append(run_script(*args, **options))
        return runs[-1]

    monkeypatch.setattr("tools.record.run_script", watched)
    for spans in (True, False):  # the second time it goes without saying
        runs.clear()
        record(script, PYTHON, match="masked", spans=spans)
        kept = json.loads(script.with_suffix(".spans.json").read_text(encoding="utf-8"))
        assert len(runs) == RUNS
        assert read(script).text == min(runs, key=lambda run: run.seconds).text
        assert read(script).text == f"{kept['jobs'][0][2]:.6f} s\n"
    assert problems(script.parent) == []
    other = script.with_suffix(".spans.json").read_text().replace(kept["output"], "0" * 12)
    script.with_suffix(".spans.json").write_text(other)
    assert "of another run than example.out" in problems(script.parent)[0]


def test_a_script_that_writes_no_spans_is_refused(write):
    """The option is the script's own; without it there is nothing to keep."""
    script = write("print('done')\n")
    with pytest.raises(RecordingError, match="wrote no spans"):
        record(script, PYTHON, spans=True)


def test_another_run_replaces_the_text(write):
    """Under `exact` a different output is a change."""
    script = write("import time\nprint(time.perf_counter_ns())\n")
    record(script, PYTHON)
    before = read(script)
    assert record(script, PYTHON).startswith("changed")
    assert read(script).text != before.text


@pytest.mark.parametrize(("key", "value"), [("source", "0" * 12), ("python", "3.11.99")])
def test_the_text_always_comes_from_what_the_provenance_names(write, key, value):
    """After a change of script or Python the old text is not kept, however loose the rule."""
    script = write("import time\nprint(time.perf_counter_ns())\n")
    record(script, PYTHON, match="sample")
    before = replace(read(script), **{key: value})
    before.write(script.with_suffix(".out"))
    assert record(script, PYTHON).startswith("changed")
    assert read(script).text != before.text
    assert read(script).match == "sample"


def test_a_stale_recording_is_reported_with_the_fix(write):
    """The check needs no run."""
    script = write("print(1)\n")
    record(script, PYTHON)
    write("print(2)\n")
    [problem] = problems(script.parent)
    assert "The script has changed" in problem
    assert problem.endswith("make record SCRIPT=threads/example.py")


def test_missing_orphaned_and_malformed_recordings_are_reported(write):
    """Each with its own message."""
    write("print(1)\n", name="never_recorded.py")
    broken = write("print(1)\n", name="broken.py")
    broken.with_suffix(".out").write_text("no provenance\n")
    orphan = write("print(1)\n", name="orphan.py")
    record(orphan, PYTHON)
    orphan.unlink()
    found = "\n".join(problems(broken.parent))
    assert "broken.out:1: The provenance line must begin" in found
    assert "never_recorded.py: There is no recording." in found
    assert "orphan.out:1: There is no script for this recording." in found


def test_a_malformed_recording_is_replaced(write, capsys):
    """Recording again is the fix that the message promises."""
    script = write("print(1)\n")
    script.with_suffix(".out").write_text("no provenance\n")
    assert record(script, PYTHON).startswith("recorded")
    assert "example.out:1:" in capsys.readouterr().err
    assert problems(script.parent) == []


def test_a_wrong_exit_status_is_refused(write):
    """A script that fails is not recorded unless that is said to be its purpose."""
    script = write("raise SystemExit(3)\n")
    with pytest.raises(RecordingError, match=r"exit status 3, expected 0.*--exit 3"):
        record(script, PYTHON)
    assert not script.with_suffix(".out").exists()
    record(script, PYTHON, status=3)
    assert read(script).exit == 3
    record(script, PYTHON)  # the recording remembers it


def test_a_script_that_stops_failing_is_refused(write):
    """What is meant to fail must go on failing."""
    script = write("raise SystemExit(3)\n")
    record(script, PYTHON, status=3)
    write("print('fine')\n")
    with pytest.raises(RecordingError, match="exit status 0, expected 3"):
        record(script, PYTHON)


def refused(script, timeout=30):
    with pytest.raises(RecordingError) as caught:
        record(script, PYTHON, timeout=timeout)
    assert not script.with_suffix(".out").exists()
    return str(caught.value)


def test_a_run_that_does_not_end_is_refused(write):
    """The message has what was printed so far and the two usual reasons."""
    script = write("import threading\nprint('so far', flush=True)\nthreading.Event().wait()\n")
    message = refused(script, timeout=1)
    assert "still running after 1 s: a deadlock, or a thread or process" in message
    assert "so far" in message


def test_a_thread_left_behind_is_a_run_that_does_not_end(write):
    """main() returns, but the interpreter waits for a thread that is not a daemon."""
    script = write("import threading\nthreading.Thread(target=threading.Event().wait).start()\n")
    assert "still running" in refused(script, timeout=1)


def test_a_daemon_thread_left_behind_is_refused(write):
    """Nobody outside sees it; the exit report inside the process does."""
    script = write(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, name='idle', daemon=True).start()\n"
    )
    assert "left behind: daemon thread idle" in refused(script)


def test_a_script_may_say_what_it_leaves_and_must_then_leave_it(write):
    """`leaves` in the header allows a leftover; an untrue one is refused."""
    head = (
        '# /// script\n# requires-python = ">=3.11"\n# [tool.overlap]\n# leaves = ["daemon thread"]\n# ///\n'
    )
    start = "import threading\nthreading.Thread(target=threading.Event().wait, daemon={}).start()\n"
    assert record(write(start.format(True), "leaves.py", head), PYTHON).startswith("recorded")
    message = refused(write("print(1)\n", "tidy.py", head))
    assert "says that it leaves a 'daemon thread', but it did not" in message


CHILD = (
    "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], {})\n"
)


@posix
@pytest.mark.parametrize("options", ["", "process_group=0"])
def test_a_process_left_behind_is_refused_and_ended(write, monkeypatch, options):
    """Also one that holds stdout open, and (Linux) one in another process group."""
    if options and sys.platform != "linux":
        pytest.skip("only the process group is checked here")
    monkeypatch.setattr(running, "GRACE", 0.5)
    seen = []
    members = running.session_members
    monkeypatch.setattr(running, "session_members", lambda session: seen.append(session) or members(session))
    assert "left behind: process" in refused(write(CHILD.format(options)))
    assert running.left_processes(seen[0]) == {}


def test_a_process_that_is_about_to_end_is_no_leftover(write):
    """Helper processes may outlive the script for a moment."""
    script = write(CHILD.format("").replace("sleep(60)", "sleep(0.2)"))
    assert record(script, PYTHON).startswith("recorded")


def test_a_file_left_behind_is_refused(write):
    """In the temporary directory and in the working directory."""
    script = write("import tempfile\ntempfile.mkstemp(prefix='photos-')\n")
    assert "left behind: temporary file photos-" in refused(script)
    script = write("open('photos.csv', 'w').close()\n")
    assert "left behind: file photos.csv" in refused(script)


def test_a_script_runs_alone_and_its_paths_do_not_show(write):
    """Only the downloaded file is there; tracebacks name it without the directory."""
    script = write("import os\nprint(os.listdir())\n1 / 0\n")
    run = run_script(script, PYTHON)
    assert run.lines[0] == "['example.py']"
    assert 'File "example.py", line 6' in run.text


def test_the_library_path_does_not_show(write):
    """A traceback through the standard library does not tell where Python is installed."""
    run = run_script(write("import json\njson.loads('{')\n"), PYTHON)
    assert f"python{PYTHON.tag}{os.sep}json" in run.text
    assert PYTHON.library not in run.text


def test_the_environment_of_the_developer_is_not_seen(write, monkeypatch):
    """A recording does not depend on who records."""
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    script = write("import os\nprint(sorted(set(os.environ) & {'PYTHONWARNINGS', 'HTTP_PROXY'}))\n")
    assert run_script(script, PYTHON).lines == ["[]"]


@pytest.mark.parametrize(
    ("condition", "fits"),
    [(">=3.11", True), (">=3.99", False), (">=3.11,<3.99", True), (">=3.10, <3.11", False)],
)
def test_the_header_decides_which_python_runs_a_script(write, condition, fits):
    """requires-python is read from the inline metadata."""
    script = write("", head=HEADER.replace(">=3.11", condition))
    assert can_run(script, PYTHON) is fits


def test_a_script_with_dependencies_runs_only_where_they_are_installed(write, monkeypatch):
    """That is: on the Python of .venv-recipes."""
    head = HEADER.replace("# requires", '# dependencies = ["pytest"]\n# requires')
    script = write("", head=head)
    assert not can_run(script, PYTHON)
    monkeypatch.setattr(running, "RECIPES", PYTHON.path)
    assert running.pythons_of(script) == [PYTHON]


def test_a_recording_names_the_packages_it_ran_with(write, monkeypatch):
    """Those of the header, with their installed versions, in the file and for people."""
    version = importlib.metadata.version("pytest")
    head = HEADER.replace("# requires", '# dependencies = ["pytest>=7"]\n# requires')
    script = write("print('out')\n", head=head)
    monkeypatch.setattr(running, "RECIPES", PYTHON.path)
    record(script, PYTHON)
    assert f"packages=pytest-{version}" in script.with_suffix(".out").read_text(encoding="utf-8")
    assert f" with pytest {version} on " in read(script).provenance


def test_a_missing_package_is_named(write):
    """A header may name a package that is not installed."""
    script = write("", head=HEADER.replace("# requires", '# dependencies = ["no-such"]\n# requires'))
    with pytest.raises(ValueError, match="no-such"):
        running.packages_of(script, PYTHON)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("", "does not begin with a '# /// script' block"),
        ("# /// script\n# dependencies = []\n# ///\n", "does not say requires-python"),
        (HEADER.replace(">=3.11", "~=3.11"), "write requires-python as '>=3.11'"),
    ],
)
def test_a_bad_header_is_explained(write, head, message):
    """The message names the script and what is missing."""
    with pytest.raises(ValueError, match=message):
        can_run(write("", head=head), PYTHON)


def test_interpreters_are_found_once_each():
    """The running Python is among them, no tag twice, none older than 3.11."""
    found = interpreters()
    assert PYTHON.tag in [python.tag for python in found]
    assert len({python.tag for python in found}) == len(found)
    assert all(python.release >= (3, 11) for python in found)


def test_a_second_recording_is_for_its_kind_of_python(write):
    """Same build first, then the newest release that is not newer."""
    script = write("print(1)\n")
    old = replace(PYTHON, version="3.11.7", release=(3, 11), build="CPython")
    new = replace(old, version="3.14.7", release=(3, 14))
    free = replace(new, build="CPython-free-threaded")
    record(script, old)
    assert recording_for(script, free).name == "example.out"
    record(script, new, beside=True)
    record(script, free, beside=True)
    assert recording_for(script, old).name == "example.out"
    assert recording_for(script, replace(old, release=(3, 13))).name == "example.out"
    assert recording_for(script, new).name == "example.3.14.out"
    assert recording_for(script, replace(new, release=(3, 15))).name == "example.3.14.out"
    assert recording_for(script, replace(free, release=(3, 15))).name == "example.3.14t.out"
    assert Recording.read(script.with_suffix(".3.14t.out")).command == "python3.14t example.py"


def test_an_unknown_script_is_an_error_of_the_command(capsys):
    """The command names the path it looked for."""
    with pytest.raises(SystemExit):
        main(["threads/no_such_script.py"])
    assert "no_such_script.py" in capsys.readouterr().err


def test_a_script_may_be_run_through_another(write):
    """The command names both, and a change of either makes the recording stale."""
    write("import runpy, sys\nprint('through')\nrunpy.run_path(sys.argv[1])\n", name="tool.py")
    table = '# [tool.overlap]\n# through = "tool.py"\n'
    script = write("print('script')\n", head=HEADER.removesuffix("# ///\n") + table + "# ///\n")
    record(script, PYTHON)
    assert read(script).command == "python tool.py example.py"
    assert read(script).text == "through\nscript\n"
    script.with_name("tool.py").write_text(HEADER + "print('other')\n", encoding="utf-8")
    assert any("example.out:1: The script has changed" in problem for problem in problems(script.parent))
