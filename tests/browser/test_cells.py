"""Every runnable cell of every page gives its recorded output, however Python starts."""

import pytest

from book.examples.recording import comparable
from tools.browser import ENDED, live_text, recorded_text, wait_for_state
from tools.find_browser import find_webkit

from .conftest import CELL_PAGES, STARTS


def assert_agrees(cell, page_name):
    """The live run says and draws what the recording does, by the cell's own rule."""
    assert_says_the_same(cell, page_name)
    drawn = cell.locator('[data-output="recorded"] [data-timeline]').count()
    live = cell.locator('[data-output="live"] [data-timeline] svg')
    if drawn:
        live.nth(drawn - 1).wait_for()
    assert live.count() == drawn, f"{page_name}, cell {cell.get_attribute('data-cell')}"


def assert_says_the_same(cell, page_name):
    """The live run's text is that of the recording."""
    match = cell.get_attribute("data-match")
    state = cell.get_attribute("data-state")
    live, recorded = live_text(cell), recorded_text(cell)
    where = f"{page_name}, cell {cell.get_attribute('data-cell')}"
    # A cell may leave a task that goes on, as it may in a program.
    assert state in (["error"] if match == "error" else ["done", "ongoing"]), (
        f"{where} ended as {state}:\n{live}"
    )
    if match == "error":
        # Tracebacks differ in paths and frames; type and message are the lesson.
        assert live.strip().splitlines()[-1] == recorded.strip().splitlines()[-1], where
    else:
        rule = {"exact": "masked"}.get(match, match)
        assert comparable(live, rule) == comparable(recorded, rule), where


# Pages whose cells are run by their Timeline button as well. Exercises draw their programs in any case.
TRACED_PAGES = [
    name
    for name in CELL_PAGES
    if name == "index.html" or (name.startswith("notebooks/") and "exercises" not in name)
]
# test_boots.py compares the starts with each other; without a snapshot one page is enough. Without stack
# switching, the cells of traced pages run below, and those of all pages in the machine's WebKit, which has
# none (tests/browser/engines).
WEBKIT = find_webkit() is not None
CASES = [
    (name, start)
    for name in CELL_PAGES
    for start in STARTS
    if start == "snapshot"
    or name == "index.html"
    or (start == "snapshot-no-stack-switching" and not WEBKIT and name not in TRACED_PAGES)
]


@pytest.mark.parametrize(("name", "start"), CASES)
def test_every_cell_gives_its_recorded_output(open_page, name, start):
    """Run all, then compare each cell with what was recorded."""
    page = open_page(name, before=STARTS[start])
    page.get_by_role("button", name="Run all").click()
    cells = page.locator('[data-runs="browser"]').all()
    assert cells
    for cell in cells:
        wait_for_state(page, int(cell.get_attribute("data-cell")), *ENDED)
        assert_agrees(cell, name)


@pytest.mark.parametrize("name", TRACED_PAGES)
def test_every_cell_says_the_same_with_its_timeline(open_page, name):
    """Tracing changes no output, no exception and no warning: each cell, run by its Timeline button.

    Without stack switching: the test above runs these cells with it, so each runs twice and not four times.
    """
    page = open_page(name, before=STARTS["snapshot-no-stack-switching"])
    for cell in page.locator('[data-runs="browser"]').all():
        number = int(cell.get_attribute("data-cell"))
        timeline = cell.get_by_role("button", name="Timeline", exact=True)
        off = timeline.is_visible() and timeline.get_attribute("aria-pressed") == "false"
        (timeline if off else cell.get_by_role("button", name="Run", exact=True)).click()
        wait_for_state(page, number, *ENDED)
        assert_says_the_same(cell, name)
        if timeline.is_visible():
            cell.locator(".cell-timeline").locator("svg, .run-message").first.wait_for()
