"""Record what diagnose.py and three profilers say about the programs in tests/scripts/diagnosed.

    python -m tools.record_diagnosed            every program
    python -m tools.record_diagnosed one_lock   these

What they say is measured and kept in `tests/scripts/diagnosed/said.json`, which the page shows as a table and
the tests compare with a new run. A program that names packages runs with the recipes' Python, and
`profiling.sampling`, which is part of 3.15, has nothing to say about it.
"""

from __future__ import annotations

import functools
import json
import os
import pstats
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from book.examples.scripts import ROOT, SCRIPTS
from tools.running import interpreters, recipes

TOOL = SCRIPTS / "tools" / "diagnose.py"
PROGRAMS = ROOT / "tests" / "scripts" / "diagnosed"
SAID = PROGRAMS / "said.json"
TIME_LIMIT = 100
TRIES = 3
NOTHING = "nothing"


@dataclass(frozen=True)
class Program:
    """A short program whose header says what is wrong with it."""

    path: Path

    @functools.cached_property
    def header(self) -> dict[str, str]:
        """`verdict`: a pattern for the summary; `line`: the code to be named; `needs`: packages."""
        return dict(re.findall(r"^# (\w+): (.*)$", self.path.read_text("utf-8"), re.MULTILINE))

    @property
    def wrong(self) -> str:
        """What is wrong with it, the docstring."""
        return self.path.read_text("utf-8").split('"""')[1]

    @property
    def needs(self) -> str:
        """The package that it imports, or nothing."""
        return self.header.get("needs", "")

    def is_named(self, verdict: dict[str, Any]) -> bool:
        """Whether a verdict says what is wrong, and names the line."""
        places = verdict["waiting_in"] + verdict["computing_in"]
        line = self.header.get("line")
        named = not line or any(place["code"] == line for place in places)
        return named and bool(re.search(self.header["verdict"], verdict["summary"]))


def programs() -> list[Program]:
    """Every program, by name."""
    return [Program(path) for path in sorted(PROGRAMS.glob("*.py")) if path.stem != "slow_server"]


@functools.cache
def has(python: str, package: str) -> bool:
    """Whether a Python can import a package."""
    asked = subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False)
    return asked.returncode == 0


def run(command: list[str], program: Program) -> None:
    """Run a command that ends with the program; what it prints is of no interest."""
    subprocess.run(
        [*command, program.path.name],
        cwd=program.path.parent,
        env=os.environ | {"no_proxy": "*"},
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def diagnose(program: Program, python: str) -> dict[str, Any]:
    """Return the verdict; the best of three, as a machine may be so busy that there is nothing to see."""
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "verdict.json")
            run([python, str(TOOL), "--json", "--report", str(report)], program)
            verdict: dict[str, Any] = json.loads(report.read_text("utf-8"))
        if program.is_named(verdict):
            break
    return verdict


def innermost(path: Path) -> str:
    """Return the line in which a profiler saw the program most, of stacks one a line with a number."""
    seen: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        stack, _, number = line.rpartition(" ")
        if stack.strip():
            seen[stack.split(";")[-1]] += int(number)
    if not seen:
        return NOTHING
    [(place, most)] = seen.most_common(1)
    return f"{100 * most // sum(seen.values())} % {re.sub('[^ (]*/', '', place)}"


def ask_py_spy(program: Program, python: str) -> str:
    """Its default mode, which leaves out threads that wait."""
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks")
        spy = str(Path(recipes().path).with_name("py-spy"))
        run([spy, "record", "--format", "raw", "--output", str(stacks), "--", python], program)
        return innermost(stacks)


def ask_sampling(program: Program, python: str) -> str:
    """Ask the profiler that came with 3.15, with its defaults."""
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks")
        run([python, "-m", "profiling.sampling", "run", "--collapsed", "--output", str(stacks)], program)
        return innermost(stacks)


def ask_cprofile(program: Program, python: str) -> str:
    """Return the function that took most time itself."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile")
        run([python, "-m", "cProfile", "--outfile", str(profile)], program)
        if not profile.exists():
            return NOTHING
        stats: dict[Any, Any] = vars(pstats.Stats(str(profile)))["stats"]
    (_, _, name), most = max(stats.items(), key=lambda item: item[1][2])
    return f"{100 * most[2] / (sum(row[2] for row in stats.values()) or 1):.0f} % {name}"


def main(names: list[str]) -> None:
    """Record the programs with these names, or all."""
    python = sys.executable
    sampling = next((one.path for one in interpreters() if one.tag == "3.15"), None)
    said = json.loads(SAID.read_text("utf-8")) if SAID.exists() else {}
    for program in programs():
        if names and program.path.stem not in names:
            continue
        chosen = recipes().path if program.needs else python
        verdict = diagnose(program, chosen)
        waits = re.search("It waits|It runs other", verdict["summary"])
        places = verdict["waiting_in" if waits else "computing_in"]
        said[program.path.stem] = {
            "wrong": program.wrong,
            "right": program.is_named(verdict),
            "diagnose": verdict["summary"],
            "line": places[0]["code"] if places else "",
            "py-spy": ask_py_spy(program, chosen),
            "cProfile": ask_cprofile(program, chosen),
            "sampling": ask_sampling(program, sampling) if sampling and not program.needs else "",
        }
        print(program.path.stem, said[program.path.stem]["right"], flush=True)
    known = {program.path.stem for program in programs()}
    said = {name: said[name] for name in sorted(said) if name in known}
    SAID.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
