"""Run the tests of what the working tree changed (``make quick``).

    python -m tools.changed            # since the branch left main, uncommitted work included
    python -m tools.changed FILE ...   # as if these files had changed
    python -m tools.changed --list     # only say what would run

A page is built, and its cells run in one kind of browser. A script runs on every Python here and is compared
with its recording. Of Python modules those tests run that import them, directly or not; of TypeScript modules
Vitest finds them. What this leaves out, ``make test`` runs.
"""

from __future__ import annotations

import argparse
import ast
import functools
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "book" / "web"
PAGE_FOLDERS = ("notebooks", "recipes", "reference", "concepts")
# What Python and TypeScript read; each tests it by way of the module that does.
CONTRACT = "book/contract/overlap_contract/contract.json"
CONTRACT_READERS = ("book/contract/overlap_contract/__init__.py", "book/web/src/shared/contract.ts")
NO_TESTS = 5  # pytest's exit status

# Tests that read these files, but import none of them.
READ_BY = {
    "_toc.yml": "tests/build",
    "book/extension/": "tests/build",
    "reference/data/": "tests/unit/extension",
    "book/templates/": "tests/build",
    "book/web/snapshot/": "tests/unit/snapshot",
    "scripts/tools/diagnose.py": "tests/scripts/tools",
    "book/trace/overlap_trace/viewer.html": "tests/scripts/tools/test_timeline.py",
    "book/trace/overlap_trace/inside.py": "tests/scripts/tools/test_timeline.py",
    "book/trace/overlap_trace/reading.py": "tests/scripts/tools/test_timeline.py",
    "book/trace/overlap_trace/spooled.py": "tests/scripts/tools/test_timeline.py",
    "tests/loops/": "tests/loops",
    "tools/webdriver.py": "tests/browser/engines",
    "book/page_python/overlap_page/event_loop.py": "tests/loops",
    "book/trace/overlap_trace/asyncio_tracer.py": "tests/loops",
    "book/trace/overlap_trace/virtual_time.py": "tests/loops",
}


def git(*arguments: str) -> list[str]:
    """Return the lines that git prints; none if it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed_files() -> list[str]:
    """Return what differs from where the branch left main, and what git does not know yet."""
    base = git("merge-base", "HEAD", "main") or git("merge-base", "HEAD", "origin/main") or ["HEAD"]
    tracked = git("diff", "--name-only", "--diff-filter=d", base[0])
    return sorted({*tracked, *git("ls-files", "--others", "--exclude-standard")})


@functools.cache
def import_roots() -> tuple[Path, ...]:
    """Return the folders in which pytest looks for modules."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    return tuple(ROOT / name for name in settings["tool"]["pytest"]["ini_options"]["pythonpath"])


def file_of(module: str) -> Path | None:
    """Return the file of a module of this repository; None for any other module."""
    for root in import_roots():
        path = root.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


@functools.cache
def imported(file: Path) -> frozenset[Path]:
    """Return the files of this repository that a Python file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = file.parents[node.level - 1].relative_to(ROOT).parts if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    # Importing a.b.c imports a and a.b first.
    names |= {name.rsplit(".", dots)[0] for name in names for dots in range(1, name.count(".") + 1)}
    found = {file_of(name) for name in names} | {file.with_name("__init__.py"), file.with_name("conftest.py")}
    return frozenset(path for path in found if path and path.is_file() and path != file)


def needs(file: Path) -> set[Path]:
    """Return all files that a Python file imports, directly or not, and itself."""
    found, new = {file}, {file}
    while new:
        new = {path for one in new for path in imported(one)} - found
        found |= new
    return found


@dataclass
class Plan:
    """What to run."""

    pages: set[str] = field(default_factory=set)  # notebooks/async
    scripts: set[str] = field(default_factory=set)  # threads/worker_pool
    tests: set[str] = field(default_factory=set)  # files and folders
    web: set[str] = field(default_factory=set)  # files below book/web

    def commands(self) -> list[tuple[list[str], Path]]:
        """Return the commands, cheap ones first, each with its folder."""
        python = [sys.executable, "-m", "pytest", "-q"]
        parallel = ["-n", "auto", "--dist", "loadgroup"]
        in_browser = {name for name in self.tests if name.startswith("tests/browser")}
        found: list[list[str]] = []
        if others := sorted(self.tests - in_browser):
            found.append([*python, *parallel, "-m", "not proof", *others])
        if self.scripts:
            only = ["-k", " or ".join(sorted(self.scripts)), "tests/scripts"]
            found.append([*python, *parallel, "-m", "not alone", *only])
            found.append([*python, "-m", "alone", *only])
        if self.pages or in_browser:
            found.append(["make", "html"])
        one_kind = "not no-stack-switching and not usual-start"
        if self.pages:
            chosen = f"({' or '.join(sorted(self.pages))}) and {one_kind}"
            one_engine = ["--ignore", "tests/browser/engines"]
            found.append([*python, *parallel, "-k", chosen, *one_engine, "tests/browser"])
        if in_browser:
            found.append([*python, *parallel, "-k", one_kind, *sorted(in_browser)])
        commands = [(command, ROOT) for command in found]
        if self.web:
            node = str(Path(sys.executable).with_name("node"))
            related = sorted(name.removeprefix("book/web/") for name in self.web)
            vitest = [node, "node_modules/vitest/vitest.mjs", "related", "--run", *related]
            commands.insert(0, (vitest, WEB))
        return commands


def plan(files: Iterable[str]) -> Plan:
    """Find the tests of changed files, given by their paths from the root."""
    made = Plan()
    modules: set[Path] = set()
    changed = set(files)
    if CONTRACT in changed:
        changed |= set(CONTRACT_READERS)
    listed = (ROOT / "_toc.yml").read_text(encoding="utf8").split()
    for name in sorted(changed):
        path = Path(name)
        made.tests |= {test for start, test in READ_BY.items() if name.startswith(start)}
        if path.suffix == ".md" and path.parts[0] in PAGE_FOLDERS:
            made.pages.add(path.with_suffix("").as_posix())
        elif path.match("book/*.md") and name.removesuffix(".md") in listed:
            made.pages.add(f"{path.stem}.html")  # at the site's root
        elif path.parts[0] == "scripts" and path.suffix in (".py", ".out"):
            made.scripts.add(f"{path.parent.name}/{path.name.partition('.')[0]}")
        elif path.match("tests/scripts/*/test_*.py"):
            made.scripts.add(f"{path.parent.name}/{path.stem.removeprefix('test_')}")
        elif name.startswith(("book/web/src/", "book/web/test/")):
            made.web.add(name)
        elif path.suffix == ".py":
            modules.add(ROOT / path)
            if path.parts[0] == "tests" and path.stem.startswith("test_"):
                made.tests.add(name)
    if modules:
        for folder in ("unit", "build"):
            for test in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
                if needs(test) & modules:
                    made.tests.add(test.relative_to(ROOT).as_posix())
    folders = {name for name in made.tests if not name.endswith(".py")}
    made.tests = {name for name in made.tests if not any(name.startswith(f"{one}/") for one in folders)}
    return made


def main() -> int:
    """Run the tests of what changed; exit 1 if one fails."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("files", nargs="*", help="files that changed, from the root; else git says it")
    arguments.add_argument("--list", action="store_true", help="say what would run")
    options = arguments.parse_args()
    files = options.files or changed_files()
    commands = plan(files).commands()
    print(f"{len(files)} files changed; {len(commands) or 'no'} commands test them.", flush=True)
    failed = False
    for command, folder in commands:
        print(f"\n{shlex.join(command)}", flush=True)
        if not options.list:
            status = subprocess.run(command, cwd=folder, check=False).returncode
            failed |= status != 0 and not (status == NO_TESTS and "alone" in command)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
