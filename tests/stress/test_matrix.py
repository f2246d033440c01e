"""Every recipe survives every kind of bad day, as readers download it, on old and new Pythons."""

import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from book.examples.scripts import Script, all_scripts, parts_in
from tests.stress.kinds import KINDS
from tools.running import pythons_of

HERE = Path(__file__).parent
#: These in each run; the others in `make proof`.
ALWAYS = ("3.11", "3.14", "3.15")
RECIPES = {
    script.stem: script
    for script in all_scripts()
    if "recipe" in parts_in(script.read_text(encoding="utf-8"))
}


def rows_of(recipe):
    """The text of the recipe's rows; empty if nobody wrote any."""
    path = HERE / "rows" / f"rows_{recipe}.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def written(recipe):
    """The kinds for which there is a stress, and those with a reason for having none."""
    text = rows_of(recipe)
    stresses = re.findall(r"^(?:async )?def (\w+)\(\):", text, re.MULTILINE)
    reasons = re.search(r"^NOT_HERE = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    return [kind for kind in KINDS if kind in stresses], eval(reasons[1]) if reasons else {}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_a_row_for_each_kind(recipe):
    """Write tests/stress/rows/rows_<recipe>.py: a function for each kind, or a reason in NOT_HERE."""
    stresses, reasons = written(recipe)
    assert not set(reasons) & set(stresses)
    assert {kind for kind in KINDS if kind not in stresses and len(reasons.get(kind, "")) < 20} == set()
    assert set(reasons) <= set(KINDS)


def test_no_rows_without_a_recipe():
    """What is tested is what readers get."""
    assert {path.stem.removeprefix("rows_") for path in (HERE / "rows").glob("rows_*.py")} == set(RECIPES)


@functools.cache
def results(recipe, python):
    """What the stresses of a recipe said on one Python: the line of each, and what stands below it."""
    stresses, _ = written(recipe)
    with tempfile.TemporaryDirectory() as folder:
        for script in RECIPES.values():
            (Path(folder) / script.name).write_text(Script(script).served, encoding="utf-8")
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        said = ""
        left = list(stresses)
        while left:
            done = subprocess.run(
                [python.path, "-W", "error::RuntimeWarning", HERE / "stress.py", recipe, *left],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=280,
                check=False,
            ).stdout
            said += done
            ended = re.findall(r"^== (\w+): (?:survived|failed)$", done, re.MULTILINE)
            if len(ended) == len(left):
                break
            said += f"== {left[len(ended)]}: failed\n(the program ended here)\n"
            left = left[len(ended) + 1 :]
    # What a stress prints stands above its line, its traceback below.
    parts = re.split(r"^== (\w+): (survived|failed)$", said, flags=re.MULTILINE)
    return {
        name: (how, above + below)
        for above, name, how, below in zip(parts[::3], parts[1::3], parts[2::3], parts[3::3], strict=False)
    }


def cells():
    for recipe, script in RECIPES.items():
        for python in pythons_of(script):
            marks = [pytest.mark.xdist_group(f"{recipe} {python.tag}")]
            if python.tag not in ALWAYS and len(pythons_of(script)) > 1:
                marks.append(pytest.mark.proof)
            for kind in written(recipe)[0]:
                yield pytest.param(recipe, kind, python, id=f"{recipe}-{kind}-{python.tag}", marks=marks)


@pytest.mark.parametrize(("recipe", "kind", "python"), list(cells()))
def test_it_survives(recipe, kind, python):
    """It ends within its limits, loses nothing, names the error's item, leaves nothing behind."""
    how, text = results(recipe, python)[kind]
    assert how == "survived", text
