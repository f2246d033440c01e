"""Run example scripts on every Python of this machine, once each per test session."""

import functools
import itertools
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from book.examples.scripts import ROOT, SCRIPTS, Script
from tests.conftest import LACKING
from tools.running import (
    TIME_LIMIT,
    Interpreter,
    complaints,
    interpreters,
    pythons_of,
    recipes,
    run_script,
)
from tools.running import lacking as lacking_on_machine

HERE = Path(__file__).parent

cached_run = functools.cache(run_script)


def script_of(test_file: Path) -> Path:
    """tests/scripts/threads/test_worker_pool.py is about scripts/threads/worker_pool.py."""
    mirrored = test_file.relative_to(HERE)
    return SCRIPTS / mirrored.with_name(mirrored.name.removeprefix("test_"))


def lacking(oldest: str, *values, name: str):
    """A parameter in place of a Python that this machine does not have: skipped, and told at the end."""
    skip = pytest.mark.skip(reason=LACKING.format(oldest))
    return pytest.param(*values, id=f"{name}-{oldest}", marks=skip)


def unavailable(missing: list[str], *values, name: str):
    """A parameter of a script that needs a server, say, which this machine does not have: skipped."""
    skip = pytest.mark.skip(reason=f"needs {', '.join(missing)}, which is not on this machine")
    return pytest.param(*values, id=name, marks=skip)


def oldest_for(script: Path) -> str:
    """The oldest Python that the script's header allows."""
    return re.search(r">=\s*(3\.\d+)", Script(script).header.requires_python)[1]


def pythons_for(script: Path):
    """One parameter for each Python that can run the script, such as worker_pool-3.12."""
    if missing := lacking_on_machine(script):
        return [unavailable(missing, (script, None), name=script.stem)]
    able = [pytest.param((script, python), id=f"{script.stem}-{python.tag}") for python in pythons_of(script)]
    return able or [lacking(oldest_for(script), (script, None), name=script.stem)]


def pythons_since(oldest: str):
    """One parameter for each Python here from this one on."""
    release = tuple(map(int, oldest.split(".")))
    able = [pytest.param(python, id=python.tag) for python in interpreters() if python.release >= release]
    return able or [lacking(oldest, None, name="none")]


def pytest_generate_tests(metafunc):
    if "run" in metafunc.fixturenames:
        script = script_of(metafunc.definition.path)
        metafunc.parametrize("script_and_python", pythons_for(script))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests of one script on one Python go to one worker, which then runs it once for all.

    A script that measures runs alone, for all its tests but that of the development mode.
    """
    for item in items:
        if item.path.parent == HERE / "measure":
            item.add_marker(pytest.mark.alone)
        match getattr(getattr(item, "callspec", None), "params", None):
            case {"script_and_python": (script, Interpreter() as python)} | {
                "script": script,
                "python": Interpreter() as python,
            }:
                item.add_marker(pytest.mark.xdist_group(f"{script.stem} {python.tag}"))


@pytest.fixture
def script_and_python(request):
    """A script and a Python; parametrized for every test that uses `run`."""
    return request.param


@pytest.fixture(scope="session")
def run_once():
    """`run_script`, but a second call with the same arguments answers from memory."""
    return cached_run


@pytest.fixture
def run(request, script_and_python, run_once):
    """What the script of this test file did on one Python; it left nothing behind."""
    script, python = script_and_python
    if getattr(request.node, "execution_count", 1) > 1:  # a rerun looks at a new run
        cached_run.cache_clear()
    done = run_once(script, python)
    assert complaints(script, done) == []
    return done


@pytest.fixture
def runs(run, script_and_python):
    """`run`, then nine more of the same: a race is a matter of chance and need not show in each."""
    return itertools.chain([run], (run_script(*script_and_python) for _ in range(9)))


@pytest.fixture
def python(script_and_python):
    """The Python that made `run`."""
    return script_and_python[1]


@pytest.fixture
def example(request, monkeypatch):
    """The names that the script of this test file defines; its main() has not run."""
    script = Script(script_of(request.path))
    module = types.ModuleType("example")
    monkeypatch.setitem(sys.modules, "example", module)  # dataclasses look there
    exec(compile(script.served, str(script.path), "exec"), vars(module))
    return vars(module)


@pytest.fixture
def block_on_page():
    """Return the one ```python block of a page that has a text in it."""

    def find(page, wanted):
        text = (ROOT / page).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        [block] = [block for block in blocks if wanted in block]
        return block

    return find


@pytest.fixture
def use_script(request, tmp_path):
    """Run code that imports this test file's script as it is served, in a folder with both."""

    def run(python, code, check=True):
        script = script_of(request.path)
        Script(script).serve(tmp_path / script.name)
        (tmp_path / "use.py").write_text(code, encoding="utf-8")
        return subprocess.run(
            [python.path, "use.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=check,
        )

    return run


@pytest.fixture
def tests_on_page(request, example, block_on_page, monkeypatch):
    """The tests of this test file's script that a page shows to its readers, by name.

    A ```python block of the page imports them from the script, as a reader would.
    """
    stem = script_of(request.path).stem
    module = types.ModuleType(stem)
    vars(module).update(example)
    monkeypatch.setitem(sys.modules, stem, module)

    def find(page):
        names = {}
        exec(compile(block_on_page(page, f"from {stem} import"), page, "exec"), names)
        return {name: test for name, test in names.items() if name.startswith("test_")}

    return find


@pytest.fixture
def readers_pytest(tmp_path):
    """Run pytest in `tmp_path` as a reader would, with the recipes' packages; returns what it printed."""

    def run():
        # A setting for these tests is none of the reader's.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [recipes().path, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        ).stdout

    return run
