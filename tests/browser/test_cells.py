"""Every runnable cell of every page gives its recorded output, however Python starts."""

import pytest

from book.extension.recording import comparable
from tools.browser import ENDED, live_text, recorded_text, wait_for_state

from .conftest import CELL_PAGES, STARTS


def assert_agrees(cell, page_name):
    """The live run says what the recording says, by the cell's own rule."""
    match = cell.get_attribute("data-match")
    state = cell.get_attribute("data-state")
    live, recorded = live_text(cell), recorded_text(cell)
    where = f"{page_name}, cell {cell.get_attribute('data-cell')}"
    assert state == ("error" if match == "error" else "done"), f"{where} ended as {state}:\n{live}"
    if match == "error":
        # Tracebacks differ in paths and frames; type and message are the lesson.
        assert live.strip().splitlines()[-1] == recorded.strip().splitlines()[-1], where
    else:
        rule = {"exact": "masked"}.get(match, match)
        assert comparable(live, rule) == comparable(recorded, rule), where
    drawn = cell.locator('[data-output="recorded"] [data-timeline]').count()
    live_drawings = cell.locator('[data-output="live"] [data-timeline] svg')
    if drawn:  # what draws them comes with the first one
        live_drawings.nth(drawn - 1).wait_for()
    assert live_drawings.count() == drawn, where


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", CELL_PAGES)
def test_every_cell_gives_its_recorded_output(open_page, name, start):
    """Run all, then compare each cell with what was recorded."""
    page = open_page(name, before=STARTS[start])
    page.get_by_role("button", name="Run all").click()
    cells = page.locator('[data-runs="browser"]').all()
    assert cells
    for cell in cells:
        wait_for_state(page, int(cell.get_attribute("data-cell")), *ENDED)
        assert_agrees(cell, name)


@pytest.mark.parametrize("name", CELL_PAGES)
def test_a_reader_who_only_reads_downloads_no_python(open_page, name):
    """Nothing of the kernel is fetched before the reader shows intent."""
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    kernel = [url for url in page.watched.requests if "/lite/" in url or "worker.js" in url]
    assert kernel == []
    assert page.evaluate("document.documentElement.dataset.kernel") == "off"
