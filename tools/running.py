"""Run an example script the way a reader does, and see what it leaves behind.

The recorder and the tests share this module. A script runs as `python name.py`, alone in a
fresh directory, with no options and a small fixed environment:

- no `-W error` and no `-X dev`: the recorded output is what the reader gets. A warning
  that Python shows by default is part of it; the tests also run every script under
  `-X dev` and accept no further warning.
- no PYTHONHASHSEED: output that depends on the order of a set must not look stable.
- no PYTHONUNBUFFERED: it splits `print` into several writes and changes how threads mix.
- stderr goes into stdout. Python writes stdout in blocks when it is not a terminal, so a
  script that mixes the two flushes stdout where the order matters.

Left behind counts: a process in the script's session (Linux) or process group (macOS), a
file in its working or temporary directory, a daemon thread still alive at exit. A thread
that is not a daemon, or a deadlock, keeps the process alive and ends in the time limit.
Not checked on Windows: processes. Nowhere: a process that starts its own session.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from book.examples.scripts import ROOT, Script

# What `make` fills from requirements-recipes.txt, for scripts that name packages.
RECIPES = ROOT / ".venv-recipes" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Where `make pythons` unpacks the Pythons that the machine lacks.
UNPACKED = ROOT / "_build" / "pythons"
# The same for servers: the programs by their names.
UNPACKED_SERVERS = ROOT / "_build" / "servers" / "bin"
TIME_LIMIT = 100.0  # seconds; a script takes 3, and a busy machine may be ten times slower
GRACE = 10.0  # seconds that helper processes (forkserver, resource tracker) may take to go

PROBE = """
import json, os, platform, sys, sysconfig
if hasattr(os, "process_cpu_count"):
    cores = os.process_cpu_count()
elif hasattr(os, "sched_getaffinity"):
    cores = len(os.sched_getaffinity(0))
else:
    cores = os.cpu_count()
free = sysconfig.get_config_var("Py_GIL_DISABLED")
print(json.dumps({
    "version": platform.python_version(),
    "release": sys.version_info[:2],
    "build": platform.python_implementation() + ("-free-threaded" if free else ""),
    "platform": f"{platform.system()}-{platform.machine()}",
    "cores": cores,
    "library": os.path.dirname(os.__file__),
}))
"""


PACKAGES_PROBE = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: str
    release: tuple[int, int]
    build: str
    platform: str
    cores: int
    library: str

    @property
    def free_threaded(self) -> bool:
        """Whether this is a free-threaded build."""
        return self.build.endswith("-free-threaded")

    @property
    def tag(self) -> str:
        """`3.13`, or `3.14t` for a free-threaded build."""
        return "{}.{}".format(*self.release) + ("t" if self.free_threaded else "")


@dataclass(frozen=True)
class Run:
    """What one run of a script did."""

    text: str
    exit: int | None  # None: it did not end within the time limit
    leftovers: tuple[str, ...]
    seconds: float
    spans: str | None = None  # what it wrote into the file of its option --spans

    @property
    def lines(self) -> list[str]:
        """The output, line by line."""
        return self.text.splitlines()


@functools.cache
def interpreter(path: str) -> Interpreter:
    """Ask a Python what it is. OSError or ValueError if it is none, or does not start."""
    asked = subprocess.run(
        [path, "-I", "-c", PROBE],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    if asked.returncode:
        raise ValueError(f"{path} does not start: {asked.stderr.strip()}")
    facts = json.loads(asked.stdout)
    facts["release"] = tuple(facts["release"])
    return Interpreter(path=path, **facts)


@functools.cache
def interpreters(oldest: tuple[int, int] = (3, 11)) -> tuple[Interpreter, ...]:
    """Return each Python from ``oldest`` on that is here and to be tested on, one per tag, the oldest first.

    Of two with one tag it is the running one, then that of PATH, of `make pythons`, of pyenv. Those older
    than what the guide speaks of, or newer, are there whatever is to be tested on.
    """
    newest = max(minor for _, minor, _ in map(parts_of, named_pythons()))
    tags = [f"3.{minor}{t}" for minor in range(oldest[1], newest + 1) for t in ("", "t")]
    paths = [sys.executable, *filter(None, (shutil.which(f"python{tag}") for tag in tags))]
    paths += [str(unpacked_python(tag)) for tag in tags]
    paths += map(str, sorted(Path.home().glob(".pyenv/versions/*/bin/python"), reverse=True))
    found: dict[str, Interpreter] = {}
    for path in paths:
        try:
            candidate = interpreter(path)
        except (OSError, ValueError):
            continue  # none at that path, a pyenv shim without its version, a Python 2
        tag = candidate.tag
        if candidate.release >= oldest and (tag in wanted_pythons() or tag not in named_pythons()):
            found.setdefault(tag, candidate)
    return tuple(sorted(found.values(), key=lambda one: (one.release, one.free_threaded)))


def unpacked_python(tag: str) -> Path:
    """Return where `make pythons` puts the Python of a tag, such as 3.15."""
    return UNPACKED / tag / "usr" / "bin" / f"python{tag}"


def parts_of(tag: str) -> tuple[int, int, bool]:
    """Return the release that a tag names, and whether it is free-threaded: 3.14t is (3, 14, True)."""
    parts = re.fullmatch(r"(\d+)\.(\d+)(t?)", tag)
    if parts is None:
        raise ValueError(f"{tag!r} names no Python; write it as 3.14, or as 3.14t for a free-threaded build.")
    return int(parts[1]), int(parts[2]), bool(parts[3])


@functools.cache
def named_pythons() -> tuple[str, ...]:
    """Return the tags of the Pythons that the guide speaks of: `[tool.overlap]` in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(sorted(settings["tool"]["overlap"]["pythons"], key=parts_of))


def wanted_pythons() -> tuple[str, ...]:
    """Return the tags of the Pythons to test on.

    The environment's OVERLAP_PYTHONS, such as "3.11 3.15", says that it is these, and that a run fails
    without one of them. Else it is those that the guide speaks of, as far as they are here.
    """
    required = os.environ.get("OVERLAP_PYTHONS", "").split()
    return tuple(sorted(required or named_pythons(), key=parts_of))


def missing_pythons() -> tuple[str, ...]:
    """Return the tags, of the Pythons to test on, that this machine lacks."""
    here = {python.tag for python in interpreters()}
    return tuple(tag for tag in wanted_pythons() if tag not in here)


def run_is_short_of_pythons() -> bool:
    """Return whether a Python is missing that OVERLAP_PYTHONS asks for."""
    return bool(os.environ.get("OVERLAP_PYTHONS", "").split() and missing_pythons())


def missing_sentence() -> str:
    """Say on which Pythons that the guide speaks of nothing is tested here, and why; or nothing."""
    missing = missing_pythons()
    left_out = [tag for tag in named_pythons() if tag not in wanted_pythons()]
    sentences = []
    if missing:
        advice = "; `make pythons` may get it" if run_is_short_of_pythons() else ""
        sentences.append(f"Not tested on Python {', '.join(missing)}: this machine has none{advice}.")
    if left_out:
        sentences.append(f"Not tested on Python {', '.join(left_out)}: not in OVERLAP_PYTHONS.")
    return " ".join(sentences)


def can_run(script: Path, python: Interpreter) -> bool:
    """Return whether this Python is one that the script's header asks for.

    Packages are installed in .venv-recipes only, so a script with dependencies runs on no
    other Python than the one of that environment.
    """
    header = Script(script).header
    if header.dependencies and python.path != str(RECIPES):
        return False
    for condition in header.requires_python.split(","):
        parts = re.fullmatch(r"\s*(>=|<)\s*3\.(\d+)\s*", condition)
        if parts is None:
            raise ValueError(f"{script}: write requires-python as '>=3.11' or '>=3.11,<3.14'.")
        reached = python.release >= (3, int(parts[2]))
        if reached != (parts[1] == ">="):
            return False
    return True


def pythons_of(script: Path) -> list[Interpreter]:
    """Return every Python of this machine that can run the script."""
    named = Script(script).header.dependencies
    return [python for python in ([recipes()] if named else interpreters()) if can_run(script, python)]


def lacking(script: Path) -> list[str]:
    """Return what the script's header needs of the machine, a server for example, and is not there."""
    return [name for name in Script(script).header.needs if not is_here(name)]


@functools.cache
def is_here(name: str) -> bool:
    """Return whether the machine has what a header may need; the script then finds it by itself."""
    if name == "Valkey or Redis":
        return any(shutil.which(one, path=path_of_scripts()) for one in ("valkey-server", "redis-server"))
    if name == "PostgreSQL":
        places = [os.environ["PATH"], *glob.glob("/usr/lib/postgresql/*/bin")]
        return shutil.which("initdb", path=os.pathsep.join(places)) is not None
    if name == "a PID namespace":
        try:
            user = ["--user"] if os.geteuid() else []
            command = ["unshare", *user, "--pid", "--fork", "true"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except (OSError, AttributeError):
            return False  # no Linux
    raise ValueError(f"needs: {name!r} is not known. Say in tools/running.py how to see whether it is here.")


def recipes() -> Interpreter:
    """Return the Python of .venv-recipes. FileNotFoundError says how to make it."""
    if not Path(RECIPES).exists():
        raise FileNotFoundError("Packages that scripts need are missing. Run: make .venv-recipes/.made")
    return interpreter(str(RECIPES))


def packages_of(script: Path, python: Interpreter) -> dict[str, str]:
    """Return the installed version of each package that the script's header names."""
    names = [re.split(r"[^\w.-]", one)[0] for one in Script(script).header.dependencies]
    if not names:
        return {}
    asked = subprocess.run(
        [python.path, "-I", "-c", PACKAGES_PROBE, *names],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    if asked.returncode:
        raise ValueError(f"{script}: {asked.stderr.strip().splitlines()[-1]} in {python.path}")
    versions: dict[str, str] = json.loads(asked.stdout)
    return versions


def run_script(
    script: Path,
    python: Interpreter,
    timeout: float = TIME_LIMIT,
    options: tuple[str, ...] = (),
    spans: bool = False,
) -> Run:
    """Run a copy of the script, alone in a fresh directory; with `spans`, let it write its spans."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base_name:
        base = Path(base_name).resolve()
        work, temporary = base / "work", base / "tmp"
        work.mkdir()
        temporary.mkdir()
        names = [path.name for path in Script(script).files]
        for path in Script(script).files:
            Script(path).serve(work / path.name)
        report, kept = base / "exit-report", base / "spans.json"
        arguments = ["--spans", str(kept)] if spans else []
        started = time.perf_counter()
        # A file, not a pipe: a process left behind would keep a pipe open for ever.
        with open(base / "output", "ab") as output:
            process = subprocess.Popen(
                [python.path, *options, *names, *arguments],
                cwd=work,
                env=environment(temporary, report),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
            )
            try:
                exit_status = process.wait(timeout)
                left = left_processes(process.pid)
            except subprocess.TimeoutExpired:
                exit_status, left = None, {}
            finally:
                seconds = time.perf_counter() - started
                kill(process)
        leftovers = [
            *(report.read_text(encoding="utf-8").splitlines() if report.exists() else []),
            *(f"process {name}" for name in left.values()),
            *(f"file {path.name}" for path in sorted(work.iterdir()) if path.name not in names),
            *(f"temporary file {path.name}" for path in sorted(temporary.iterdir())),
        ]
        text = (base / "output").read_bytes().decode("utf-8", errors="replace")
        text = text.replace("\r\n", "\n").replace(f"{work}{os.sep}", "")
        text = text.replace(python.library, f"…{os.sep}python{python.tag}")
        written = kept.read_text(encoding="utf-8") if kept.exists() else None
        return Run(text, exit_status, tuple(leftovers), seconds, written)


def environment(temporary: Path, report: Path) -> dict[str, str]:
    """Return all that a script sees of the environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "PATH": path_of_scripts(),
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "TMP": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT / "tools" / "exit_report"),
        "EXAMPLE_EXIT_REPORT": str(report),
    }


def path_of_scripts() -> str:
    """Return the PATH of a script: the reader's, and the servers that `make pythons` unpacked."""
    return os.pathsep.join([os.environ["PATH"], str(UNPACKED_SERVERS)])


def left_processes(session: int) -> dict[int, str]:
    """Return the processes of a session that stay alive after its leader has ended."""
    deadline = time.monotonic() + GRACE
    while (left := session_members(session)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def session_members(session: int) -> dict[int, str]:
    """Return what `os.kill` takes, and a name, for each live process of a session."""
    members: dict[int, str] = {}
    if sys.platform == "linux":
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                before, _, after = stat.read_text(errors="replace").rpartition(")")
            except OSError:
                continue  # it ended while we looked
            state, _parent, _group, its_session = after.split()[:4]
            if int(its_session) == session and state not in "ZX":
                pid, _, name = before.partition(" (")
                members[int(pid)] = name
    elif os.name == "posix":
        try:
            os.killpg(session, 0)
            members[-session] = "in the script's group"
        except (ProcessLookupError, PermissionError):
            pass
    return members


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the script, if it still runs, and every process that it started."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for pid in session_members(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def complaints(script: Path, run: Run, timeout: float = TIME_LIMIT) -> list[str]:
    """Return what is wrong with a run, whatever it printed."""
    if run.exit is None:
        why = "a deadlock, or a thread or process that nobody joins"
        return [f"still running after {timeout:g} s: {why}. Up to then it printed:\n{run.text}"]
    allowed = Script(script).header.leaves
    found = [
        f"left behind: {leftover}"
        for leftover in run.leftovers
        if not any(leftover.startswith(kind) for kind in allowed)
    ]
    found += [
        f"its header says that it leaves a {kind!r}, but it did not"
        for kind in allowed
        if not any(leftover.startswith(kind) for leftover in run.leftovers)
    ]
    return found
