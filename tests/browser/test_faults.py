"""When something fails to load, the reader learns what, keeps the recording, and can retry."""

import re

import pytest

from tools.browser import cell, live_text, wait_for_state

from .conftest import without_snapshot

PAGE = "notebooks/async.html"

ASSETS = {
    "worker": r"/_static/overlap/worker\.js",
    "client": r"/_static/overlap/chunks/session",
    "kernel-list": r"/_static/overlap/kernel\.json",
    "pyodide": r"pyodide\.mjs",
    "wasm": r"pyodide\.asm\.wasm",
    "standard-library": r"python_stdlib\.zip",
    "lock": r"pyodide-lock\.json",
    "wheel": r"ipython-[\d.]+-py3-none-any\.whl",
}
# A start from the snapshot does not ask for these.
WITHOUT_SNAPSHOT = ("standard-library", "wheel")
NAMED = {"client": "_static/overlap/chunks", "wheel": "ipython-"}


FAULTS = [(asset, "network") for asset in ASSETS] + [("client", "missing"), ("wasm", "missing")]


@pytest.mark.parametrize(("asset", "how"), FAULTS)
def test_failed_asset_is_named_and_retry_works(open_page, asset, how):
    """Cut one file off: the message names it, the recording stays, Retry recovers."""
    page = open_page(PAGE, before=without_snapshot if asset in WITHOUT_SNAPSHOT else None)
    page.watched.expect("console error|uncaught")  # the browser and Pyodide say it, too
    pattern = re.compile(ASSETS[asset])
    page.context.route(
        pattern, lambda route: route.abort() if how == "network" else route.fulfill(status=404)
    )
    target = cell(page, 1)
    target.get_by_role("button", name="Run", exact=True).click()
    assert wait_for_state(page, 1, "failed", "done") == "failed"
    assert page.evaluate("document.documentElement.dataset.kernel") == "dead"
    said = target.locator('[data-output="live"]').inner_text()
    assert NAMED.get(asset, ASSETS[asset].replace("\\", "").rpartition("/")[2]) in said
    assert target.locator('[data-output="recorded"]').is_visible()
    page.context.unroute(pattern)
    target.get_by_role("button", name="Retry").click()
    wait_for_state(page, 1, "done")
    assert "cat.jpg" in live_text(target)


@pytest.mark.parametrize(
    ("script", "missing"),
    [("delete window.WebAssembly", "WebAssembly"), ("delete window.Worker", "Worker")],
)
def test_browser_that_cannot_run_python_gets_a_way_on(open_page, script, missing):
    """An old or locked-down browser: a clear message, and the recorded output."""
    page = open_page(PAGE, init_script=script)
    target = cell(page, 1)
    target.get_by_role("button", name="Run", exact=True).click()
    wait_for_state(page, 1, "failed")
    said = target.locator('[data-output="live"]').inner_text()
    assert "This browser cannot run Python" in said
    assert missing.lower() in said.lower()
    assert target.locator('[data-output="recorded"]').is_visible()
