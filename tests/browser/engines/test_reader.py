"""What a reader does with a page, once in each engine: the tests of one engine go further into each of these.

The console has to be empty in all of them (`open_page`), and Python has to start from its snapshot.
"""

import pytest

from tools.browser import cell, edit_and_run, finish, live_text, run, wait_for_state, wait_for_text

from ..conftest import EXPLORERS, PAGE, open_box, save
from ..test_practice import REAL, RULES, simulated_in_cpython
from ..test_program_views import headline, number_of, open_steps, view
from ..test_timeline import THREE, draw, rows

PHONE = {"width": 360, "height": 640}


def test_python_starts_from_its_snapshot_and_is_stored(open_page, fresh_site):
    """The first visit asks for the engine and the snapshot, no library; the next for nothing of Python."""
    page = open_page(PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"
    of_python = [path for path in fresh_site.asked if path.endswith((".whl", ".zip", ".snapshot"))]
    assert [path.endswith(".snapshot") for path in of_python] == [True]
    page.wait_for_function("async () => (await (await caches.open('/overlap/python')).keys()).length >= 5")
    fresh_site.asked.clear()
    # No reload: in a private session, as here, WebKitGTK then forgets what is stored.
    page.goto("about:blank")
    page.goto(fresh_site.address + PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"
    assert [path for path in fresh_site.asked if "/lite/" in path or "/kernel-" in path] == []


ENDLESS = {
    "busy loop": "while True:\n    kept += 1",
    "turns of the loop": "import asyncio\nwhile True:\n    kept += 1\n    await asyncio.sleep(0)",
    "tasks": "import asyncio\nasync def work():\n    while True:\n        await asyncio.sleep(0)\n"
    "async with asyncio.TaskGroup() as group:\n    for _ in range(100):\n        group.create_task(work())",
    "a long wait": "import asyncio\nawait asyncio.sleep(3600)",
    "time.sleep": "import time\ntime.sleep(3600)",
}


def test_stop_ends_what_runs_and_keeps_variables(open_page):
    """Each kind of cell that would not end; what it has printed is shown before."""
    page = open_page(PAGE)
    for name, code in ENDLESS.items():
        target = run(page, 1, f"kept = 1\nprint('begins')\n{code}")
        wait_for_text(page, 1, "begins")
        target.get_by_role("button", name="Stop", exact=True).click()
        assert finish(page, 1) == "stopped", name
        said = target.locator('[data-output="live"]').inner_text()
        assert "by force" not in said, name
        state, text = edit_and_run(page, 1, "print('kept', kept > 0)")
        assert (state, "kept True" in text) == ("done", True), (name, text)


def test_output_is_shown_while_a_cell_takes_its_turns(open_page):
    """A cell that never waits longer than a turn lets the page show what it prints, and hears Stop."""
    page = open_page(PAGE)
    target = run(
        page, 1,
        "import asyncio\nturns = 0\nwhile True:\n    turns += 1\n    await asyncio.sleep(0)\n"
        "    if turns % 100 == 0:\n        print('turn', turns, flush=True)",
    )  # fmt: skip
    wait_for_text(page, 1, "turn 500")
    target.get_by_role("button", name="Stop", exact=True).click()
    assert finish(page, 1) == "stopped"


def test_the_editor_completes(open_page):
    """Names of modules and names of earlier runs."""
    page = open_page(PAGE)
    target = cell(page, 1)
    run(page, 1, "import asyncio\nbroken_clock = 1")
    assert finish(page, 1) == "done"
    for code, name in {"asyncio.ga": "gather", "broken_c": "broken_clock"}.items():
        target.get_by_role("button", name="Edit", exact=True).click()
        target.locator(".cm-content").press("ControlOrMeta+a")
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Space")
        option = target.get_by_role("option", name=name)
        option.first.wait_for()
        page.keyboard.press("Escape")
        option.first.wait_for(state="detached")


def test_a_timeline_is_drawn_and_answers_to_keys(open_page):
    """Bars and rows of each task; the arrow keys go from bar to bar."""
    page = open_page(PAGE)
    timeline = draw(page, 1, THREE)
    lanes = {values[0] for _, values in rows(timeline)}
    assert lanes == {"this cell", "fetch(0.01)", "fetch(0.02)", "fetch(0.03)"}
    timeline.locator('svg [tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.span") == "0.1"


def test_an_explorer_runs_and_is_stepped_through(open_page):
    """The count is the recorded one, and each step can be seen."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    number = number_of(explorer)
    run(page, number)
    assert finish(page, number) == "done"
    assert headline(explorer, "live") == headline(explorer, "recorded")
    steps = open_steps(explorer, "live")
    assert steps.get_attribute("data-step") == "0"
    steps.get_by_role("button", name="Next").click()
    assert steps.get_attribute("data-step") == "1"


def test_the_practice_server_hears_of_a_request_that_is_given_up(open_page):
    """All its rules, as in the simulation; the request that timed out frees its place."""
    page = open_page(PAGE)
    page.watched.expect("status of (503|429)|404")
    run(page, 1, RULES)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, REAL)
    assert live_text(cell(page, 1)) == simulated_in_cpython()


def test_a_saved_guide_works_without_a_network(open_page, own_site):
    """After Save the site is gone: pages open, cells run, search finds."""
    page = open_box(open_page, own_site)
    save(page)
    page.watched.expect(".")  # what is not there is missed loudly
    own_site.stop()
    page.goto(own_site.address + PAGE)
    run(page, 1, "import csv, sqlite3\nprint(csv.__name__, 'runs')")
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "csv runs\n"
    page.goto(own_site.address + "search.html?q=TaskGroup")
    page.locator("main").get_by_role("link", name="Async").first.wait_for()


def test_search_finds_while_the_reader_types(open_page):
    """The box of every page, by its keys."""
    page = open_page("index.html")
    page.keyboard.press("ControlOrMeta+k")
    page.locator("dialog input").press("Home")
    page.keyboard.type("TaskGroup")
    page.locator("dialog .search-results a").first.wait_for()


NAMES = (
    "index.html",
    "running.html",
    "notebooks/async.html",
    "reference/asyncio.html",
    "recipes/mistakes.html",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_a_phone(open_page, name):
    """Nothing makes the page wider than 360 px, before and after a run."""
    page = open_page(name, viewport=PHONE)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    if page.locator('[data-runs="browser"]').count():
        run(page, 1)
        wait_for_state(page, 1, "done")
        assert page.evaluate(wider) <= 0
