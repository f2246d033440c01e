"""Drive the built site in a real browser: shared by the tests and ``make record-cells``."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tools.find_browser import find_browser
from tools.site_server import SiteServer

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"

# A cell in one of these states has finished, one way or another.
ENDED = ("done", "ongoing", "error", "stopped", "failed")

# Text that a run printed or returned: all of it is in `pre` elements, those of a
# timeline's table aside.
OUTPUT_TEXT = """element => [...element.querySelectorAll("pre")]
    .filter(pre => !pre.closest("[data-timeline]"))
    .map(pre => pre.textContent.replace(/\\n*$/, "\\n"))
    .join("")"""


@contextlib.contextmanager
def served_site(folder: Path = SITE) -> Iterator[SiteServer]:
    """Serve the built site, or a copy in ``folder``, on a free port, as GitHub Pages would serve it."""
    if not (folder / "index.html").is_file():
        raise FileNotFoundError("The site is not built. Run: make html")
    server = SiteServer(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def launch_options(as_readers_have: bool = False) -> dict[str, Any]:
    """Return how to launch the Chromium or Chrome of this machine."""
    path = find_browser(as_readers_have)
    if path is None:
        raise FileNotFoundError("There is no browser. Run: python tools/find_browser.py --install")
    # Chromium refuses its sandbox to root, as in a container.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {"executable_path": path, "args": ["--no-sandbox"] if root else []}


@contextlib.contextmanager
def launched_browser(as_readers_have: bool = False) -> Iterator[Browser]:
    """Launch a headless Chromium or Chrome, to measure in `as_readers_have`; close it at the end."""
    options = launch_options(as_readers_have)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


def cell(page: Page, number: int) -> Locator:
    """Return the runnable cell with this number."""
    return page.locator(f'[data-runs="browser"][data-cell="{number}"]')


def attribute(element: Locator, name: str) -> str:
    """Return an attribute that the element must have."""
    value = element.get_attribute(name)
    assert value is not None, f"no {name}"
    return value


def wait_for_state(page: Page, number: int, *states: str, timeout: float = 120_000) -> str:
    """Wait until a cell is in one of the states; return which. Timeout in ms."""
    page.wait_for_function(
        "([number, states]) => states.includes("
        "document.querySelector(`[data-runs=browser][data-cell='${number}']`).dataset.state)",
        arg=[number, list(states)],
        timeout=timeout,
    )
    return attribute(cell(page, number), "data-state")


def edit(page: Page, number: int, code: str) -> Locator:
    """Replace a cell's code through the editor, as a reader would; return the cell."""
    target = cell(page, number)
    target.get_by_role("button", name="Edit", exact=True).click()
    target.locator(".cm-content").press("ControlOrMeta+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Escape")
    return target


def run(page: Page, number: int, code: str | None = None) -> Locator:
    """Edit a cell if there is new code, press Run; return the cell without waiting."""
    target = edit(page, number, code) if code is not None else cell(page, number)
    target.get_by_role("button", name="Run", exact=True).click()
    return target


def finish(page: Page, number: int) -> str:
    """Wait for the end of a run; return its state."""
    return wait_for_state(page, number, *ENDED)


def edit_and_run(page: Page, number: int, code: str) -> tuple[str, str]:
    """Run code in a cell to its end; return its state and all that its live output shows."""
    target = run(page, number, code)
    return finish(page, number), target.locator('[data-output="live"] .cell_output').inner_text()


def wait_for_text(page: Page, number: int, text: str) -> None:
    """Wait until a cell's live output holds a text."""
    cell(page, number).locator('[data-output="live"]').filter(has_text=text).wait_for()


def live_text(cell: Locator) -> str:
    """Return what the cell's live output says, without labels and notes."""
    return str(cell.locator('[data-output="live"] .cell_output').evaluate(OUTPUT_TEXT))


def recorded_text(cell: Locator) -> str:
    """Return what the cell's recorded output says; empty if the cell printed nothing."""
    recorded = cell.locator('[data-output="recorded"] .cell_output')
    return str(recorded.evaluate(OUTPUT_TEXT)) if recorded.count() else ""
