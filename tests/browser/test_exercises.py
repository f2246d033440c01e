"""Exercises in the page: not right as published, right with the solution, and the page says so in words."""

import pytest

from tools.browser import cell, edit, wait_for_state

from .conftest import assert_axe_finds_nothing, pages_with

PAGES = pages_with('data-view="exercise"')
# One page for each run of the tests: all programs are checked on CPython as well (tests/unit/exercises).
EXERCISES = [pytest.param(name, marks=[] if "tasks" in name else pytest.mark.proof) for name in PAGES]


def exercises(page):
    """The check and the solution of each exercise, in their order."""
    checks = page.locator('[data-view="exercise"]').all()
    solutions = page.locator("details[data-solution]").all()
    assert len(checks) == len(solutions) > 0
    return zip(checks, solutions, strict=True)


def run_check(page, check):
    """Run the check of an exercise; return what the page says of it."""
    check.get_by_role("button", name="Run", exact=True).click()
    wait_for_state(page, int(check.get_attribute("data-cell")), "done")
    return check.locator('[data-output="live"] [data-verdict]').get_attribute("data-verdict")


def state_in_words(check):
    """The word after the name of a cell, which CSS writes."""
    return check.locator(".cell-kind").evaluate("kind => getComputedStyle(kind, '::after').content")


@pytest.mark.parametrize("name", EXERCISES)
def test_each_exercise_is_solved_by_its_solution(open_page, name):
    """The button puts it into the cell and runs nothing; as published, it is not right yet."""
    page = open_page(name)
    for check, solution in exercises(page):
        assert run_check(page, check) == "not-yet"
        assert "not yet" in state_in_words(check)
        program = cell(page, int(check.get_attribute("data-program")))
        before = program.get_attribute("data-state")
        solution.locator("summary").click()
        solution.get_by_role("button", name="Put it into cell").click()
        page.wait_for_function(
            "([cell, code]) => cell.querySelector('.cm-content')?.innerText.replace(/\\s/g, '') === code",
            arg=[program.element_handle(), "".join(solution.locator("pre").inner_text().split())],
        )
        assert program.get_attribute("data-state") == before
        assert run_check(page, check) == "right"
        assert "right" in state_in_words(check)


def test_a_program_that_cannot_be_read_has_its_own_error(open_page):
    """The check does not run; what is wrong stands below the program."""
    page = open_page(PAGES[-1])
    check, _ = next(exercises(page))
    program = int(check.get_attribute("data-program"))
    edit(page, program, "async def album(:\n")
    check.get_by_role("button", name="Run", exact=True).click()
    wait_for_state(page, program, "error")
    assert "SyntaxError" in cell(page, program).inner_text()


def test_it_is_accessible_and_fits_a_phone(open_page):
    """With a verdict, a hint and a solution open, light and dark."""
    page = open_page(PAGES[-1], viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    check, _ = next(exercises(page))
    run_check(page, check)
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    assert_axe_finds_nothing(page, "'main'")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_without_javascript_task_hint_and_solution_are_readable(open_page):
    """Nothing but the check needs a script."""
    page = open_page(PAGES[-1], java_script_enabled=False)
    solution = page.locator("details[data-solution]").first
    assert solution.get_by_role("button").count() == 0
    solution.locator("summary").click()
    assert "async def" in solution.locator("pre").inner_text()
    assert page.locator('[data-view="exercise"] [data-output="recorded"]').first.is_visible()
