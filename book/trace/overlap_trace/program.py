"""Run any program unchanged, and write a timeline of what its tasks, threads and processes waited for."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

USAGE = """\
Run a program unchanged; write what its tasks, threads and processes waited for.

Run it: {call} [--json | --perfetto | --text] [-o FILE] PROGRAM.py [ARGUMENT ...]
        {call} [--json | --perfetto | --text] [-o FILE] -m MODULE [ARGUMENT ...]

Written when the program has ended: PROGRAM.timeline.html, one page that needs
nothing else. --json: the same as data. --perfetto: for ui.perfetto.dev.
--text: for a terminal. -o -: to standard error."""

# The folder that Python finds first: it records, and then is gone from the path.
_HOOK = """\
import sys
sys.path[:] = [path for path in sys.path if path != {folder!r}]
try:
    import importlib.util as _util
    _spec = _util.spec_from_file_location("_overlap_record", {inside!r})
    _record = sys.modules["_overlap_record"] = _util.module_from_spec(_spec)
    _spec.loader.exec_module(_record)
    _record.start({spool!r}, {package!r})
except Exception as _problem:
    try:
        print("timeline: nothing is recorded here:", repr(_problem), file=sys.stderr)
    except Exception:
        pass
_own = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # the machine's own
except ImportError:
    pass
finally:  # whoever imports this one looks for it there
    sys.modules.setdefault("sitecustomize", _own)
"""


def main(arguments: Sequence[str], call: str = "python timeline.py") -> int:
    """Run what the arguments say and write its timeline.

    Return its status as `leave` takes it; 2 without a program.
    """
    rest, form, target = list(arguments), "html", ""
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        option = rest.pop(0)
        if option in ("--json", "--perfetto", "--text", "--html"):
            form = option[2:]
        elif option in ("-o", "--output") and rest:
            target = rest.pop(0)
        elif option in ("-h", "--help"):
            print(USAGE.format(call=call))
            return 0
        else:
            return _refuse(f"{option!r} is not one of my options, or lacks its FILE.")
    if not rest or rest == ["-m"]:
        _say(USAGE.format(call=call))
        return 2
    is_module = rest[0] == "-m"
    program = rest[1] if is_module else rest[0]
    if not is_module and not os.path.exists(program):
        return _refuse(
            f"There is no file {program!r} in {os.getcwd()}. Give the path of a program, or -m and a module."
        )
    if target not in ("", "-"):
        try:  # said before the run, not after it
            with open(target, "a", encoding="utf-8"):
                pass
        except OSError as error:
            return _refuse(f"Cannot write {target!r}: {error.strerror}.")
    if sys.flags.ignore_environment or sys.flags.no_site:
        _say("timeline: Python's options -I, -E and -S keep the recorder out; there will be no timeline.")
    flags = sys.orig_argv[1 : -len(sys.argv)]
    if flags[-1:] == ["-m"]:
        flags.pop()
    title = " ".join(["python -m" if is_module else "python", *rest[is_module:]])
    folder = Path(tempfile.mkdtemp(prefix="timeline-"))
    try:
        status = _run([sys.executable, *flags, *rest], folder)
        ended = time.perf_counter()
        if status == 1 and not is_module and not _compiles(program):
            _say("timeline: The program did not start, see above; there is no timeline.")
            return status
        try:
            _write(folder, title, "" if is_module else program, form, target, ended)
        except Exception as problem:  # whatever happens here, the outcome is the program's
            _say(f"timeline: The timeline could not be made: {problem!r}.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return status


def leave(status: int) -> NoReturn:
    """End as the program ended, by the same signal if it was one, so that a shell sees the same."""
    if status < 0:
        with contextlib.suppress(ImportError, ValueError, OSError):
            import resource  # a core dump is the program's, not ours

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(ValueError, OSError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


def _write(folder: Path, title: str, main_file: str, form: str, target: str, ended: float) -> None:
    """Make the timeline and write it."""
    formats = _formats()
    run = formats.read(folder / "spool", title, main_file, ended)
    if not run.lanes:
        _say("timeline: Nothing was recorded, so there is no timeline.")
        return
    text = formats.FORMATS[form](run)
    if target == "-":
        _say(text)
        return
    ending = {"html": "html", "json": "json", "perfetto": "perfetto.json", "text": "txt"}[form]
    stem = Path(main_file).stem if main_file else title.split()[2]
    name = f"{stem}.timeline.{ending}"
    places = [Path(target)] if target else [Path(name), Path(tempfile.gettempdir(), name)]
    for path in places:
        try:
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            _say(f"timeline: Cannot write {path}: {error.strerror}.")
        else:
            _say(f"timeline: {run.summary()} See {path}")
            return


def _run(command: Sequence[str], folder: Path) -> int:
    """Run a command with the recorder inside; return its status, negative if a signal ended it."""
    hook, spool = folder / "hook", folder / "spool"
    hook.mkdir()
    spool.mkdir()
    package = Path(__file__).parent
    (hook / "sitecustomize.py").write_text(
        _HOOK.format(
            folder=str(hook),
            spool=str(spool),
            inside=str(package / "inside.py"),
            package=str(package),
        ),
        encoding="utf-8",
    )
    paths = [str(hook), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    if not hasattr(signal, "sigtimedwait"):  # not Linux: the terminal tells the program itself
        process = subprocess.Popen(command, env=environment)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    every = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {*every, signal.SIGCHLD})
    try:
        process = subprocess.Popen(
            command, env=environment, preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, old)
        )

        while (status := process.poll()) is None:
            found = signal.sigtimedwait({*every, signal.SIGCHLD}, 1)
            # The terminal (128) tells both of them.
            if found and found.si_signo in every and found.si_code != 128:
                process.send_signal(found.si_signo)
        return status
    finally:
        with contextlib.suppress(AttributeError):
            while signal.sigtimedwait(every, 0):
                pass  # a second Ctrl-C ended the program, and must not cost the timeline
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _formats() -> Any:
    """Return what reads and draws a run. It is imported while the program runs, not before."""
    return importlib.import_module(f"{__package__}.formats")


def _compiles(program: str) -> bool:
    """Return whether a file is Python, as far as its syntax goes."""
    try:
        if os.path.isfile(program) and not zipfile.is_zipfile(program):
            compile(Path(program).read_bytes(), program, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    except OSError:
        pass
    return True


def _refuse(text: str) -> int:
    _say(f"timeline: {text}")
    return 2


def _say(text: str) -> None:
    """Tell standard error, if there is one."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(text, file=sys.stderr, flush=True)
