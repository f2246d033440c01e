"""Every exercise: not right yet as published, right when solved; wrong programs are refused with a reason."""

import ast
import asyncio
import inspect
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import overlap_trace.exercise
import pytest
from overlap_trace import virtual_run
from overlap_trace.exercise import Verdict

from book.examples.scripts import ROOT
from book.extension.page_plan import read_plan

# A coroutine that nobody awaits is one of the mistakes.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*never awaited:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

PAGES = sorted(path.stem for path in (ROOT / "notebooks").glob("exercises-*.md"))
WRONG = tomllib.loads(Path(__file__).with_name("wrong.toml").read_text(encoding="utf8"))["wrong"]
SOLUTION = re.compile(r"^```\{solution\} (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Exercise:
    """One exercise of a page: the cells before it, its program, its check, its solution."""

    main: str
    before: list[str]
    program: str
    check: str
    solution: str


def exercises_of(page):
    text = (ROOT / "notebooks" / f"{page}.md").read_text(encoding="utf8")
    solutions = dict(SOLUTION.findall(text))
    _, plan, problems = read_plan(text)
    assert not problems
    by_number = {cell.number: cell for cell in plan.code}
    for cell in plan.code:
        if cell.view:
            needed = [by_number[number].source for number in cell.needs.cells if number != cell.program]
            program = by_number[cell.program].source
            main = cell.view.main
            yield Exercise(main, needed, program, cell.executed, solutions[main])


EXERCISES = {exercise.main: exercise for page in PAGES for exercise in exercises_of(page)}


def run_cell(code, names):
    """Run a cell as a notebook does; return the value of its last expression."""
    tree = ast.parse(code)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    async def run():
        result = eval(compile(tree, "<cell>", "exec", flags), names)
        if inspect.isawaitable(result):
            await result
        value = eval(compile(last, "<cell>", "eval", flags), names) if last else None
        return await value if inspect.isawaitable(value) else value

    return asyncio.run(run())


def verdict_on(exercise, program):
    names = {"__name__": "__main__"}
    for code in [*exercise.before, program]:
        run_cell(code, names)
    verdict = run_cell(exercise.check, names)
    assert isinstance(verdict, Verdict)
    return verdict


@pytest.mark.parametrize("main", EXERCISES)
def test_it_is_not_right_as_published_and_right_when_solved(main, capsys):
    """In words that say why; no check is about nothing."""
    exercise = EXERCISES[main]
    first = verdict_on(exercise, exercise.program)
    assert not first.right, first
    assert any(not good and len(text) > 20 for good, text in first.findings)
    solved = verdict_on(exercise, exercise.solution)
    assert solved.right, solved
    assert 'data-verdict="right"' in solved._repr_html_()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong['exercise']}: {wrong['why']}")
def test_a_wrong_program_is_refused_with_a_reason(wrong, capsys, monkeypatch):
    """What people really write, and what does not do the work."""
    monkeypatch.setattr(overlap_trace.exercise, "RUN_SECONDS", 1.0)
    exercise = EXERCISES[wrong["exercise"]]
    code = wrong.get("code") or (exercise.program if wrong["from"] == "first" else exercise.solution)
    for old, new in wrong.get("changes", []):
        assert old in code, old
        code = code.replace(old, new)
    verdict = verdict_on(exercise, code)
    assert not verdict.right, verdict
    assert wrong["says"] in str(verdict)


@pytest.mark.parametrize("main", EXERCISES)
def test_the_bare_answer_is_not_accepted(main, capsys):
    """A program that returns what is asked for, and has done nothing for it."""
    exercise = EXERCISES[main]
    names = {"__name__": "__main__"}
    for code in [*exercise.before, exercise.solution]:
        run_cell(code, names)
    answer = virtual_run(names[main]())
    verdict = verdict_on(exercise, f"async def {main}():\n    return {answer!r}")
    assert not verdict.right, verdict


@pytest.mark.parametrize(
    "cheat",
    [
        "import overlap_trace\noverlap_trace.check_exercise = print",
        "import overlap_trace.exercise as e\ne._of_result = lambda *_: (True, '')",
        "import overlap_trace.exercise as e\ne.check_exercise = print",
        "from overlap_trace.exercise import Verdict\nVerdict.right = True",
    ],
)
def test_the_check_cannot_be_replaced(cheat):
    """An assignment is refused, with a sentence."""
    with pytest.raises(AttributeError, match="checks exercises, and cannot be replaced"):
        run_cell(cheat, {})


def test_each_exercise_has_two_wrong_programs():
    """That a check passes its solution says nothing about what it refuses."""
    counted = {main: sum(wrong["exercise"] == main for wrong in WRONG) for main in EXERCISES}
    assert {main for main, count in counted.items() if count < 2} == set()
    assert len(EXERCISES) >= 24


def test_code_fits_a_phone():
    """At most 60 columns; a phone shows 44 and wraps the rest."""
    for exercise in EXERCISES.values():
        for line in (exercise.program + "\n" + exercise.solution).splitlines():
            assert len(line) <= 60, line
