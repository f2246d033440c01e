"""Every example script runs on every Python here, prints what is recorded, leaves nothing."""

import ast
import dataclasses
import re
import sys
from pathlib import Path

import pytest

from book.examples.recording import Recording, how_to_record
from book.examples.scripts import ROOT, SCRIPTS, Script, all_scripts
from tools.record import problems, recording_for
from tools.record_diagnosed import programs
from tools.running import (
    RECIPES,
    can_run,
    complaints,
    interpreters,
    missing_sentence,
    pythons_of,
    run_is_short_of_pythons,
)
from tools.running import lacking as lacking_on_machine

from .conftest import lacking, oldest_for, unavailable

HERE = Path(__file__).parent
FOLDERS = "notebooks", "recipes", "reference", "concepts", "book"
PAGES = [page for folder in FOLDERS for page in sorted((ROOT / folder).glob("*.md"))]


def name(script):
    return script.relative_to(SCRIPTS).with_suffix("").as_posix()


EVERY_SCRIPT = [pytest.param(script, id=name(script)) for script in all_scripts()]


def every_run():
    """One parameter for each script and each Python that can run it."""
    for script in all_scripts():
        if missing := lacking_on_machine(script):
            yield unavailable(missing, script, None, name=name(script))
            continue
        try:
            able = pythons_of(script)
        except FileNotFoundError as missing:
            yield pytest.param(script, missing, id=f"{name(script)}-no-packages")
            continue
        for python in able:
            marks = [pytest.mark.alone] if script.parent.name == "measure" else []
            yield pytest.param(script, python, id=f"{name(script)}-{python.tag}", marks=marks)
        if not able:
            yield lacking(oldest_for(script), script, None, name=name(script))


@pytest.mark.parametrize(("script", "python"), list(every_run()))
def test_a_run_is_as_good_as_the_recording(script, python, run_once):
    """The script ends with the recorded status and prints what the match rule accepts."""
    if isinstance(python, FileNotFoundError):
        raise python
    path = recording_for(script, python)
    recording = Recording.read(path)
    run = run_once(script, python)
    assert complaints(script, run) == []
    assert run.exit == recording.exit, run.text
    if not recording.accepts(run.text):
        # A plain comparison shows the difference line by line.
        assert run.text == recording.text, f"{path.name} differs. {how_to_record(path)}"


def development_runs():
    """Each script on the newest Python, whose deprecations include those of the older ones.

    A script that starts processes also on 3.13, the newest whose default is `fork`: it warns of
    a fork beside threads. (3.12 counts a thread that has been joined and is just going.)
    """
    for script in all_scripts():
        if missing := lacking_on_machine(script):
            yield unavailable(missing, script, None, name=name(script))
            continue
        try:
            able = pythons_of(script)
        except FileNotFoundError as missing:
            yield pytest.param(script, missing, id=f"{name(script)}-no-packages")
            continue
        if not able:
            yield lacking(oldest_for(script), script, None, name=f"{name(script)}-dev")
        chosen = able[-1:]
        if re.search(r"multiprocessing|ProcessPoolExecutor|os\.fork", script.read_text(encoding="utf-8")):
            chosen = [python for python in able[:-1] if python.release == (3, 13)] + chosen
        for python in chosen:
            yield pytest.param(script, python, id=f"{name(script)}-dev-{python.tag}")


@pytest.mark.parametrize(("script", "python"), list(development_runs()))
def test_development_mode_finds_no_further_warning(script, python, run_once):
    """`python -X dev` (unclosed files and sockets, deprecations) warns of nothing new.

    It ends, and as it always does; a broken script may end otherwise, because the mode can
    turn its mistake into an error.
    """
    if isinstance(python, FileNotFoundError):
        raise python
    recording = Recording.read(recording_for(script, python))
    run = run_once(script, python, options=("-X", "dev"))
    if script.stem.endswith("_broken"):
        assert run.exit is not None, run.text
    else:
        assert complaints(script, run) == []
        assert run.exit == recording.exit, run.text
    assert warnings_in(run.text, script) == warnings_in(recording.text, script), run.text


# Python's own warning, of no line of the script: 3.15 formats a traceback of `__main__`.
OWN = "<frozen linecache>:[0-9]+: DeprecationWarning: Module globals is missing a __spec__.loader"
# A broken script may fork beside threads, of which 3.12 and 3.13 warn: that is its mistake, or
# multiprocessing.Pool's, which replaces a dead worker from a thread of its own. And where its mistake kills
# workers, what they shared may be cleaned up after them, which multiprocessing says. In this mode aiohttp
# also warns of the session that one of them never closes.
OF_BROKEN = (
    "use of fork\\(\\) may lead to deadlocks in the child|UserWarning: resource_tracker: There appear to be"
    "|ResourceWarning: (?:Unclosed client session|Enable tracemalloc)"
)


def warnings_in(text: str, script) -> int:
    """How many warnings a run printed, those above left out."""
    text = re.sub(OWN, "", text)
    excused = re.findall(OF_BROKEN, text) if script.stem.endswith("_broken") else []
    return text.count("Warning") - len(excused)


@pytest.mark.parametrize("script", EVERY_SCRIPT)
def test_a_script_is_ready_to_download(script):
    """Header, docstring with the command, main() and its guard, short lines, a safe name."""
    source = script.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert Script(script).header.requires_python
    assert f"Run it: python {script.name}" in Script(script).docstring
    assert any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body) or (
        any(isinstance(node, ast.AsyncFunctionDef) and node.name == "main" for node in tree.body)
    ), "There is no main()."
    guard = tree.body[-1]
    assert isinstance(guard, ast.If), "The last statement must be the guard."
    assert ast.unparse(guard.test) == "__name__ == '__main__'"
    served = Script(script).served
    compile(served, script.name, "exec")
    long = [n for n, line in enumerate(served.splitlines(), 1) if len(line) > 72]
    assert not long, f"Lines over 72 columns: {long}"
    assert script.stem not in sys.stdlib_module_names, "It would hide a standard module."


@pytest.mark.parametrize("script", EVERY_SCRIPT)
def test_every_script_has_its_own_test(script):
    """scripts/threads/x.py has tests/scripts/threads/test_x.py."""
    test = HERE / script.relative_to(SCRIPTS).with_name(f"test_{script.name}")
    assert test.exists(), f"Write {test.relative_to(HERE.parent.parent)}."


def test_every_test_has_its_script():
    """No test file is about a script that is gone; test_page_the_gil.py is about the page the-gil.md."""
    tests = [path.relative_to(HERE) for path in HERE.glob("*/**/test_*.py")]
    pages = {f"test_page_{page.stem.replace('-', '_')}.py" for page in PAGES}
    of = {test: SCRIPTS / test.with_name(test.name.removeprefix("test_")) for test in tests}
    assert [str(test) for test, script in of.items() if not script.exists() and test.name not in pages] == []


def test_every_recording_is_fresh():
    """No recording is missing, stale, malformed, edited by hand, or without its script."""
    assert problems() == []


OTHER_PYTHONS = [
    pytest.param(path, id=path.name) for path in sorted(SCRIPTS.rglob("*.out")) if path.name.count(".") > 1
]


@pytest.mark.parametrize("path", OTHER_PYTHONS)
def test_a_recording_by_another_python_says_which(path):
    """`name.3.14t.out` was made by 3.14t and its command says so; no machine need have that Python."""
    script, tag = path.name.removesuffix(".out").split(".", 1)
    recording = Recording.read(path)
    release = ".".join(recording.python.split(".")[:2])
    assert tag == release + ("t" if recording.build == "CPython-free-threaded" else "")
    assert recording.command.split() == [f"python{tag}", f"{script}.py"] or (
        recording.command.split() == [f"python{tag}", "diagnose.py", f"{script}.py"]
    )
    assert recording.text.strip()
    assert "Traceback" not in recording.text or script.endswith("_broken")


@pytest.mark.parametrize("path", OTHER_PYTHONS)
def test_a_recording_by_another_python_is_on_a_page(path):
    """A `script` with `:recording:`, or a cell that reads the file."""
    script, tag = path.name.removesuffix(".out").split(".", 1)
    name = f"{path.parent.name}/{script}"
    shown = re.compile(
        rf"^```{{script}} {name}\.py\n(?::.*\n)*?:recording: {re.escape(tag)}$|{name}\.{re.escape(tag)}\.out",
        re.MULTILINE,
    )
    drawn = re.compile(rf"{name}\b.*{re.escape(tag)}\b")
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    assert any(shown.search(text) or drawn.search(text) for text in pages), "No page shows it."


@pytest.mark.parametrize("script", EVERY_SCRIPT)
def test_the_python_of_a_recording_is_one_that_the_script_allows(script):
    """Above all where it is newer than every Python here, so that no run can show it."""
    recording = Recording.read(script.with_suffix(".out"))
    major, minor = map(int, recording.python.split(".")[:2])
    python = dataclasses.replace(
        interpreters()[0], release=(major, minor), path=str(RECIPES) if recording.packages else ""
    )
    assert can_run(script, python)


def test_what_the_recipes_need_is_locked():
    """requirements-recipes.in lists what headers name, and the tools that tests of pages use."""
    lines = (ROOT / "requirements-recipes.in").read_text(encoding="utf-8").splitlines()
    named = {one for script in all_scripts() for one in Script(script).header.dependencies}
    listed = {line for line in lines if line and not line.startswith("#")}
    diagnosed = {program.needs for program in programs() if program.needs}
    assert listed == named | diagnosed | {"httpx2", "py-spy", "pytest", "pytest-asyncio"}


def test_every_python_that_this_run_must_have_is_here():
    """OVERLAP_PYTHONS names them, in .ci/run and in the workflow: what one of them would show is not lost."""
    assert not run_is_short_of_pythons(), missing_sentence()
