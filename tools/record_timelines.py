"""Record what timeline.py shows of the programs on its page, and what it and viztracer cost.

    python -m tools.record_timelines                     the pictures
    python -m tools.record_timelines --costs PYTHON      the costs, with a Python that has viztracer,
                                                         aiohttp and httpx (some minutes)

Both are in `scripts/tools/timelines.json`, which the page reads. A picture belongs to the source of its
program; the tests compare the two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from book.examples.recording import fingerprint_of
from book.examples.scripts import SCRIPTS, Script
from tools.running import interpreter

TARGET = SCRIPTS / "tools" / "timelines.json"
PICTURES = [
    f"{name}_{kind}" for name in ("login_loop", "cache_lock", "shares_pool") for kind in ("broken", "fixed")
]
# Programs of the guide that wait most of the time.
PROGRAMS = [
    "asyncio/fetch_httpx.py",
    "asyncio/fetch_aiohttp.py",
    "threads/who_waits_when.py",
    "threads/call_all.py",
    "mixed/pool_from_async.py",
]
ROUNDS = 5
ROUNDS_OF_PICTURES = 12


def source_of(name: str) -> str:
    """Return the fingerprint of a program that is drawn."""
    return fingerprint_of(Script(SCRIPTS / "tools" / f"{name}.py").served)


def picture(name: str, python: str, folder: Path) -> dict[str, Any]:
    """Return the fastest of several runs of a program, the least disturbed, as timeline.py --json says it."""
    for script in (f"{name}.py", "timeline.py"):
        Script(SCRIPTS / "tools" / script).serve(folder / script)
    command = [python, "timeline.py", "--json", "-o", "run.json", f"{name}.py"]
    runs: list[dict[str, Any]] = []
    for _ in range(ROUNDS_OF_PICTURES):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        runs.append(json.loads((folder / "run.json").read_text(encoding="utf-8")))
    return {"source": source_of(name), **min(runs, key=lambda run: max(span["end"] for span in run["spans"]))}


def seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds until a command's last output, and until its end."""
    began = last = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            last = time.perf_counter()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}.")
    return last - began, time.perf_counter() - began


def costs(python: str, folder: Path) -> dict[str, dict[str, list[float]]]:
    """Return, for each program, the least seconds of its runs: alone, and through each tool."""
    tools = {
        "alone": [],
        "timeline.py": ["timeline.py"],
        "viztracer": ["-m", "viztracer", "--log_async", "-o", "v.json"],
    }
    Script(SCRIPTS / "tools" / "timeline.py").serve(folder / "timeline.py")
    found: dict[str, dict[str, list[float]]] = {}
    for program in PROGRAMS:
        script = SCRIPTS / program
        Script(script).serve(folder / script.name)
        runs: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
        for _ in range(ROUNDS):  # in turns: what disturbs one disturbs the others
            for tool, before in tools.items():
                runs[tool].append(seconds([python, *before, script.name], folder))
        found[program] = {
            tool: [round(min(times), 3) for times in zip(*each, strict=True)] for tool, each in runs.items()
        }
        print(program, found[program], flush=True)
    return found


def main() -> None:
    """Record the pictures, or the costs."""
    parser = argparse.ArgumentParser(description="Record what timeline.py shows and costs.")
    parser.add_argument("--python", default=sys.executable, help="interpreter that runs the drawn programs")
    parser.add_argument("--costs", metavar="PYTHON", help="measure the costs instead")
    options = parser.parse_args()
    known = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        one = interpreter(options.costs or options.python)
        of = f"{one.build} {one.version} on {one.platform.replace('-', ' ')}, {one.cores} cores"
        if options.costs:
            probe = "import importlib.metadata as m; print(m.version('viztracer'))"
            version = subprocess.run(
                [options.costs, "-c", probe], capture_output=True, text=True, check=True
            ).stdout
            known["costs"] = costs(options.costs, Path(folder))
            known["costs_provenance"] = f"{of}, viztracer {version.strip()}"
        else:
            known["pictures"] = {name: picture(name, one.path, Path(folder)) for name in PICTURES}
            known["pictures_provenance"] = of
    TARGET.write_text(json.dumps(known, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
