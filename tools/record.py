"""Record what the example scripts print.

    python tools/record.py                               every script
    python tools/record.py threads/worker_pool.py        one script
    python tools/record.py --check                       is a recording missing or stale?

The first recording of a script compares by the rule `exact`; --match chooses another, which
then stays. The old text is kept when the same script on the same Python gives an equally
good run again: only the date moves. For a new text, delete the recording first.
A script that names packages in its header runs in .venv-recipes (`make record` fills it).

--spans is for a script that has an option `--spans FILE` itself and writes JSON there: what
its workers did and when. Such a script is run several times, and the fastest run is kept,
the one that other programs on the machine disturbed least: its text in `name.out`, its spans
in `name.spans.json`. From then on the spans are recorded whenever the script is.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from book.examples.recording import (
    RULES,
    Recording,
    RecordingError,
    fingerprint,
    fingerprint_of,
    how_to_record,
    recordings,
)
from book.examples.scripts import SCRIPTS, Script, all_scripts
from tools.running import (
    TIME_LIMIT,
    Interpreter,
    can_run,
    complaints,
    interpreter,
    lacking,
    packages_of,
    recipes,
    run_script,
)

# How often a script is run whose spans are kept.
RUNS = 7


def record(
    script: Path,
    python: Interpreter,
    match: str | None = None,
    beside: bool = False,
    status: int | None = None,
    spans: bool = False,
    timeout: float = TIME_LIMIT,
) -> str:
    """Run the script, write its recording, say what happened. RecordingError if the run is bad."""
    target = script.with_suffix(f".{python.tag}.out" if beside else ".out")
    old = None
    if target.exists():
        try:
            old = Recording.read(target)
        except RecordingError as error:
            print(f"Replaced: {error}", file=sys.stderr)
    with_spans = spans or spans_file(target).exists()
    if with_spans:
        runs = [run_script(script, python, timeout, spans=True) for _ in range(RUNS)]
        run = min(runs, key=lambda one: one.seconds)
    else:
        run = run_script(script, python, timeout)
    if wrong := complaints(script, run, timeout):
        raise RecordingError(f"{script}: " + "; ".join(wrong))
    expected = status if status is not None else old.exit if old else 0
    if run.exit != expected:
        raise RecordingError(
            f"{script}: exit status {run.exit}, expected {expected}. If it is meant to end"
            f" so, add --exit {run.exit}. It printed:\n{run.text}"
        )
    names = [path.name for path in Script(script).files]
    new = Recording(
        kind="script",
        source=fingerprint(script),
        python=python.version,
        build=python.build,
        platform=python.platform,
        cores=python.cores,
        date=datetime.date.today().isoformat(),
        match=match or (old.match if old else "exact"),
        exit=run.exit,
        command=" ".join([f"python{python.tag if beside else ''}", *names]),
        text=run.text,
        packages=",".join(f"{name}-{found}" for name, found in packages_of(script, python).items()),
    )
    if not old:
        done = "recorded"
    elif not with_spans and same_origin(old, new) and new.accepts(old.text):
        new = dataclasses.replace(new, text=old.text)
        done = "confirmed"
    else:
        done = "changed"
    new.write(target)
    if with_spans:
        write_spans(target, new, run.spans)
    return f"{done}: {target.name} ({new.provenance}, match={new.match}, exit={new.exit})"


def spans_file(recording: Path) -> Path:
    """Return where the spans of a recorded run are: `name.spans.json` beside `name.out`."""
    return recording.with_suffix(".spans.json")


def write_spans(target: Path, recording: Recording, spans: str | None) -> None:
    """Keep the spans of a run, with the script and the output that they belong to."""
    if spans is None:
        raise RecordingError(f"{target}: The script wrote no spans with --spans FILE.")
    kept = {"script": recording.source, "output": fingerprint_of(recording.text), **json.loads(spans)}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    spans_file(target).write_text(text, encoding="utf-8", newline="\n")


def same_origin(one: Recording, other: Recording) -> bool:
    """Return whether the same script ran on the same Python on the same kind of machine."""
    keys = ("source", "python", "build", "platform", "cores", "exit", "command", "packages")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def problems(folder: Path = SCRIPTS) -> list[str]:
    """Return what is wrong with recordings: missing, stale, malformed or without a script. Runs nothing."""
    found = []
    scripts = all_scripts(folder)
    for script in scripts:
        kept = recordings(script)
        if not kept:
            found.append(f"{script}: There is no recording. {how_to_record(script)}")
        for path in kept:
            try:
                recording = Recording.read(path)
            except RecordingError as error:
                found.append(str(error))
                continue
            if recording.source != fingerprint(script):
                found.append(f"{path}:1: The script has changed since. {how_to_record(path)}")
            if spans_file(path).exists():
                found += spans_problems(path, recording)
    known = {path for script in scripts for path in recordings(script)}
    for path in sorted(set(folder.rglob("*.out")) - known):
        found.append(f"{path}:1: There is no script for this recording. Delete it.")
    return found


def spans_problems(path: Path, recording: Recording) -> list[str]:
    """Spans of another run than the recording."""
    spans = spans_file(path)
    kept = json.loads(spans.read_text(encoding="utf-8"))
    if (kept.get("script"), kept.get("output")) != (recording.source, fingerprint_of(recording.text)):
        return [f"{spans}:1: These spans are of another run than {path.name}. {how_to_record(path)}"]
    return []


def recording_for(script: Path, python: Interpreter) -> Path:
    """Return the recording that a run on this Python is compared with.

    Most scripts have one. Of several, it is the one made by the same kind of build (else a
    standard one) on the newest release that is not newer than this Python.
    """
    kept = {path: Recording.read(path) for path in recordings(script)}
    if not kept:
        raise RecordingError(f"{script}: There is no recording. {how_to_record(script)}")

    def release(path: Path) -> tuple[int, ...]:
        return tuple(int(part) for part in kept[path].python.split(".")[:2])

    candidates = [path for path in kept if kept[path].build == python.build] or list(kept)
    older = [path for path in candidates if release(path) <= python.release]
    return max(older, key=release) if older else min(candidates, key=release)


def main(arguments: list[str] | None = None) -> int:
    """Record scripts, or check recordings. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Record what the example scripts print.")
    parser.add_argument("scripts", nargs="*", help="such as threads/worker_pool.py; default: all")
    parser.add_argument("--python", default=sys.executable, help="interpreter that runs them")
    parser.add_argument("--match", choices=RULES, help="rule for comparing another run")
    parser.add_argument(
        "--beside",
        action="store_true",
        help="write name.3.14t.out next to name.out: a second recording, by another Python",
    )
    parser.add_argument("--exit", type=int, help="the scripts are meant to end with this status")
    parser.add_argument("--spans", action="store_true", help="keep what the scripts write with --spans FILE")
    parser.add_argument("--check", action="store_true", help="compare fingerprints, run nothing")
    options = parser.parse_args(arguments)
    if options.check:
        found = problems()
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    scripts = [SCRIPTS / name.removeprefix("scripts/") for name in options.scripts]
    if missing := [script for script in scripts if not script.is_file()]:
        parser.error(f"There is no {missing[0]}.")
    chosen = interpreter(options.python)
    failed = False
    for script in scripts or all_scripts():
        name = script.relative_to(SCRIPTS)
        python = recipes() if Script(script).header.dependencies else chosen
        if not can_run(script, python):
            print(f"{name}: skipped, its header does not allow Python {python.tag}")
            continue
        if missing := lacking(script):
            print(f"{name}: skipped, this machine lacks {', '.join(missing)}")
            continue
        try:
            done = record(script, python, options.match, options.beside, options.exit, options.spans)
            print(f"{name}: {done}", flush=True)
        except RecordingError as error:
            failed = True
            print(error, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
