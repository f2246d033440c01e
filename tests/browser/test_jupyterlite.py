"""The site's own JupyterLite: notebooks open, their cells run, all from our origin."""

import json
import re

import pytest

from book.examples.scripts import Script
from tools.browser import ROOT, SITE

from .conftest import CELL_PAGES

NOTEBOOK_PAGES = [name for name in CELL_PAGES if "/" in name]


def test_notebook_opens_from_its_page_and_runs_a_cell(open_page):
    """JupyterLite takes long to start: one page; that notebooks are complete is asserted for all.

    The launch link opens this page's notebook; its first cells run on the kernel.

    The first one switches timelines on, the second one is the page's own.
    """
    page = open_page("concepts/how-a-coroutine-pauses.html")
    link = page.get_by_role("link", name=re.compile("JupyterLite"))
    page.goto(link.first.evaluate("a => a.href"))
    first = page.locator(".jp-Notebook .jp-CodeCell").first
    first.wait_for(timeout=120_000)
    # JupyterLite logs its own start-up troubles (settings of other users, ...) as errors.
    page.watched.expect("console error")
    page.get_by_text("| Idle").wait_for(timeout=120_000)  # before that, Shift+Enter only moves on
    first.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    second = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    second.locator(".jp-OutputArea-output").first.wait_for(timeout=120_000)
    for ran in (first, second):
        assert ran.locator('[data-mime-type*="stderr"]').count() == 0


@pytest.mark.parametrize("name", NOTEBOOK_PAGES)
def test_notebook_has_all_cells_of_its_page(name):
    """What runs in the page is in the notebook, in order."""
    page = (SITE / name).read_text(encoding="utf8")
    in_page = [
        json.loads(source)
        for source in re.findall(r"<script type=\"application/json\" data-source>(.*?)</script>", page)
    ]
    notebook = json.loads(
        (SITE / "lite" / "files" / name.replace(".html", ".ipynb")).read_text(encoding="utf8")
    )
    # In a notebook, a magic stands for the tag of a cell that runs in virtual time.
    in_notebook = [
        "".join(cell["source"]).removeprefix("%%virtual\n")
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    assert [source for source in in_notebook if source in in_page] == in_page


def test_scripts_are_in_jupyterlite_too():
    """Local-only examples can be read and downloaded there."""
    files = SITE / "lite" / "files" / "scripts"
    for script in (ROOT / "scripts").rglob("*.py"):
        copy = files / script.relative_to(ROOT / "scripts")
        assert copy.read_bytes() == Script(script).served.encode()
