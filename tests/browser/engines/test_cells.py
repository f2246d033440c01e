"""Every runnable cell of every page gives its recorded output, in Firefox and in WebKit."""

import pytest

from tools.browser import ENDED, wait_for_state

from ..conftest import CELL_PAGES
from ..test_cells import assert_agrees
from .conftest import param

# Chromium's turn is in the tests above this folder.
OTHERS = [param(name) for name in ("firefox", "webkit")]


@pytest.mark.parametrize("name", CELL_PAGES)
@pytest.mark.parametrize("engine", OTHERS, indirect=True, scope="session")
def test_every_cell_gives_its_recorded_output(open_page, visited_site, name):
    """Run all, then compare each cell with what was recorded."""
    page = open_page(name, site=visited_site.address)
    page.get_by_role("button", name="Run all").click()
    cells = page.locator('[data-runs="browser"]').all()
    assert cells
    for cell in cells:
        wait_for_state(page, int(cell.get_attribute("data-cell")), *ENDED)
        assert_agrees(cell, name)
