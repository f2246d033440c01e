"""A saved guide works without a network, is replaced as a whole, and can be removed."""

import json
import re
from urllib.parse import urljoin

from book.examples.scripts import Script
from book.extension.offline import list_files
from tools.browser import ROOT, cell, finish, live_text, run

from .conftest import KERNEL_LIST, PAGE, PAGES, SAVE, STORED, open_box, save, wait_until_stored


def cut_the_network(page, own_site):
    """No server, and a browser that knows it."""
    page.watched.expect("console error|404")
    own_site.stop()
    page.context.set_offline(True)


NOTHING = {"caches": [], "workers": 0, "local": []}


def test_saved_guide_works_without_a_network(open_page, own_site):
    """Every page opens, cells run, search finds, scripts download; what is missing is said to be."""
    page = open_box(open_page, own_site)
    save(page)
    cut_the_network(page, own_site)
    failed = []

    def note(request):
        if request.failure != "net::ERR_ABORTED":  # we left the page before it came
            failed.append(request.url)

    page.on("requestfailed", note)
    # The list is asked for to learn of a newer version; Chromium fetches icons past service workers.
    not_saved = re.compile(r"/(?:offline\.json|favicon\.svg)$")
    for name in PAGES:
        page.goto(own_site.address + name)
        assert page.locator("h1").count() == 1, name
    page.goto(own_site.address)  # the root itself, not index.html
    page.goto(own_site.address + "search.html?q=TaskGroup")
    page.locator("main").get_by_role("link", name="Async").first.wait_for()
    assert [url for url in failed if not not_saved.search(url)] == []

    page.goto(own_site.address + PAGE)
    run(page, 1, "import csv, sqlite3\nprint(csv.__name__, 'runs')")  # files that Python reads late
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "csv runs\n"

    page.goto(own_site.address + "notebooks/threads.html")
    link = page.locator("[data-script] a[download]").first
    script = ROOT / "scripts" / page.locator("[data-script]").first.get_attribute("data-script")
    with page.expect_download() as downloading:
        link.click()
    assert downloading.value.path().read_bytes() == Script(script).served.encode()

    page.goto(own_site.address + "notebooks/no-such-page.html")
    assert "no page here" in page.locator("h1").inner_text()
    page.goto(own_site.address + "lite/lab/index.html")
    assert "JupyterLite is not saved" in page.locator("h1").inner_text()
    page.get_by_role("link", name="Back to the guide").click()
    page.get_by_role("heading", name="Python concurrency").wait_for()


def test_saved_jupyterlite_works_without_a_network(open_page, own_site):
    """A notebook opens and its cell runs, also when JupyterLite's own worker was there before."""
    page = open_box(open_page, own_site)
    page.watched.expect("console error|uncaught")  # JupyterLite logs its own troubles, and being left early
    notebook = own_site.address + "lite/lab/index.html?path=notebooks/async.ipynb"
    page.goto(notebook)  # with the network: its worker registers
    page.wait_for_function(
        "async () => (await navigator.serviceWorker.getRegistration())?.active?.scriptURL.includes('/lite/')"
    )
    page.goto(own_site.address + "running.html")
    save(page, jupyterlite=True)
    cut_the_network(page, own_site)
    page.goto(notebook)
    first = page.locator(".jp-Notebook .jp-CodeCell").first
    first.wait_for(timeout=120_000)
    page.get_by_text("| Idle").wait_for(timeout=120_000)
    first.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")  # the first one prints nothing
    second = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    second.locator(".jp-OutputArea-output").first.wait_for(timeout=120_000)
    for ran in (first, second):
        assert ran.locator('[data-mime-type*="stderr"]').count() == 0


def test_saving_shows_how_far_it_is_and_can_be_cancelled(open_page, own_site):
    """Progress has numbers; Cancel leaves nothing behind; Remove neither."""
    page = open_box(open_page, own_site)
    held = []
    page.context.route(re.compile(r"pyodide\.asm\.wasm"), lambda route: held.append(route))
    page.get_by_role("button", name=SAVE).click()
    page.wait_for_function("() => document.querySelector('[data-offline] progress').value > 1e6")
    assert re.search(r"\d+ MB of \d+ MB", page.locator("[data-offline]").inner_text())
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled. Nothing was kept.").wait_for()
    assert page.evaluate(STORED) == NOTHING
    page.context.unroute(re.compile(r"pyodide\.asm\.wasm"))
    save(page)
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Removed from this device.").wait_for()
    assert page.evaluate(STORED) == NOTHING


def visit_and_run(page, own_site):
    """Run a cell, wait until Python's files are put away, and go where they can be removed.

    There Python starts by itself.
    """
    page.goto(own_site.address + PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"
    wait_until_stored(page)
    page.goto(own_site.address + "running.html")
    return page.get_by_role("button", name="Remove Python's files from this device")


def test_python_that_is_here_is_not_downloaded_or_stored_again(open_page, own_site):
    """Save takes Python's files over from an earlier run, and a run takes them from there."""
    page = open_page("running.html", site=own_site.address)
    visit_and_run(page, own_site).wait_for()
    own_site.caching("no-store")
    own_site.asked.clear()
    save(page)
    assert any("/lite/" in path for path in own_site.asked)  # wheels, which no run has needed
    assert [path for path in own_site.asked if path.endswith((".wasm", ".snapshot"))] == []
    page.goto(own_site.address + PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"
    page.goto(own_site.address + "running.html")
    page.wait_for_function("() => document.documentElement.dataset.kernel === 'ready'")  # by itself
    assert len(page.evaluate("caches.keys()")) == 2  # the state, and one version
    page.get_by_role("button", name="Remove from this device").click()
    page.get_by_text("Removed from this device.").wait_for()
    assert page.evaluate(STORED) == NOTHING


def test_python_alone_can_be_removed(open_page, own_site):
    """A reader who has run a cell, and saved nothing, finds the button that removes what is kept."""
    page = open_page("running.html", site=own_site.address)
    remove = visit_and_run(page, own_site)
    page.wait_for_function("() => document.documentElement.dataset.kernel === 'ready'")
    remove.click()
    page.get_by_text("Removed from this device.").wait_for()
    assert page.evaluate(STORED) == NOTHING
    assert remove.count() == 0


def test_python_that_is_removed_while_it_starts_does_not_come_back(open_page, own_site):
    """Removing waits for the start, and what the start has put away goes too."""
    page = open_page("running.html", site=own_site.address)
    visit_and_run(page, own_site)
    page.wait_for_function("() => document.documentElement.dataset.kernel === 'ready'")
    page.evaluate(
        """async () => {
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) await cache.delete(request);
            }
        }"""
    )
    held = []
    page.context.route(re.compile(KERNEL_LIST), lambda route: held.append(route))
    with page.expect_request(re.compile(KERNEL_LIST)):
        page.reload()
    page.get_by_role("button", name="Remove Python's files from this device").click()
    page.get_by_text("Removing.").wait_for()
    held[0].continue_()
    page.get_by_text("Removed from this device.").wait_for()
    assert page.evaluate("document.documentElement.dataset.kernel") == "ready"
    assert page.evaluate(STORED) == NOTHING


def test_connection_that_breaks_off_while_saving_can_go_on(open_page, own_site):
    """What has arrived stays; Save fetches the rest."""
    page = open_box(open_page, own_site)
    page.watched.expect("console error")
    own_site.cut(r"search\.html")  # among the last of the list
    page.get_by_role("button", name=SAVE).click()
    page.get_by_text("The connection broke off").wait_for()
    own_site.cut(None)
    before = len(page.watched.requests)
    save(page)
    fetched = page.watched.requests[before:]
    assert any("search.html" in url for url in fetched)
    assert not any(".wasm" in url for url in fetched)


def test_no_room_is_told_and_nothing_is_kept(open_page, own_site):
    """The device is full: a sentence says so."""
    script = "Cache.prototype.put = async () => { throw new DOMException('full', 'QuotaExceededError'); };"
    page = open_box(open_page, own_site, init_script=script)
    page.get_by_role("button", name=SAVE).click()
    page.get_by_text("There is not enough room on this device.").wait_for()
    assert page.evaluate(STORED)["workers"] == 0


def test_without_service_workers_the_box_says_so_and_cells_run(open_page, own_site):
    """Running does not depend on a service worker."""
    page = open_box(open_page, own_site, service_workers="block")
    page.get_by_role("button", name=SAVE).click()
    page.get_by_text("This browser offers no storage").wait_for()
    page.goto(own_site.address + PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"


# --- a new version ---------------------------------------------------------------------------


def publish(own_site, title):
    """A new version of the site: one page has another title."""
    own_site.replace(PAGE, lambda old: re.sub(rb"<h1>[^<]*", b"<h1>" + title, old))
    manifest = list_files(own_site.folder)
    own_site.replace("offline.json", lambda old: json.dumps(manifest).encode())
    return manifest["version"]


def test_saved_guide_stays_whole_until_a_new_version_is(open_page, own_site):
    """The old version is served until all of the new one is there; then the reader is asked."""
    page = open_box(open_page, own_site)
    page.watched.expect("console error")
    save(page)
    page.goto(own_site.address + PAGE)
    old_title = page.locator("h1").inner_text()
    publish(own_site, b"Second edition")
    own_site.cut(r"async\.html")  # the one file that changed does not arrive
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text() == old_title
    assert page.get_by_text("A new version is ready").count() == 0
    own_site.cut(None)
    before = len(page.watched.requests)
    page.reload()
    page.get_by_text("A new version is ready").wait_for()
    fetched = [url for url in page.watched.requests[before:] if url.endswith(".snapshot")]
    assert fetched == []  # what has not changed is copied
    assert page.locator("h1").inner_text() == old_title
    page.get_by_role("button", name="Reload").click()
    page.get_by_role("heading", name="Second edition").wait_for()
    assert len(page.evaluate("caches.keys()")) == 2  # the state, and one version
    cut_the_network(page, own_site)
    page.reload()
    page.get_by_role("heading", name="Second edition").wait_for()


def test_new_version_comes_with_the_next_page_of_a_reader_with_one_tab(open_page, own_site):
    """A reader who does not press Reload gets the new version when no other page is open."""
    page = open_box(open_page, own_site)
    save(page)
    publish(own_site, b"Second edition")
    page.goto(own_site.address)
    page.get_by_text("A new version is ready").wait_for()
    page.goto(own_site.address + PAGE)
    page.get_by_role("heading", name="Second edition").wait_for()


def test_site_that_changes_while_it_is_saved_is_not_mixed(open_page, own_site):
    """A file of another version is refused; Save again gets the new one."""
    page = open_box(open_page, own_site)
    page.watched.expect("console error")
    held = []
    page.context.route(re.compile(r"async\.html"), lambda route: held.append(route))
    page.get_by_role("button", name=SAVE).click()
    page.wait_for_function("() => document.querySelector('[data-offline] progress').value > 1e6")
    version = publish(own_site, b"Second edition")
    page.context.unroute(re.compile(r"async\.html"))
    for route in held:
        route.continue_()
    page.get_by_text("The site was updated in the meantime").wait_for()
    save(page)
    assert [name.endswith(version) for name in page.evaluate("caches.keys()")].count(True) == 1
    page.goto(own_site.address + PAGE)
    page.get_by_role("heading", name="Second edition").wait_for()


# --- an app ----------------------------------------------------------------------------------


def test_site_can_be_installed(open_page, own_site):
    """The manifest leads to the site under its sub-path, icons have their sizes, Chromium agrees."""
    page = open_box(open_page, own_site)
    address = page.locator('link[rel="manifest"]').evaluate("link => link.href")
    answer = page.request.get(address)
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    base = own_site.address
    assert urljoin(address, manifest["scope"]) == base
    assert page.request.get(urljoin(address, manifest["start_url"])).ok
    sizes = {}
    for icon in manifest["icons"]:
        shown = page.evaluate(
            "async url => { const i = new Image(); i.src = url; await i.decode(); return i.naturalWidth; }",
            urljoin(address, icon["src"]),
        )
        sizes[(icon["sizes"], icon.get("purpose", "any"))] = shown
    expected = {("192x192", "any"): 192, ("512x512", "any"): 512, ("512x512", "maskable"): 512}
    assert {key: sizes[key] for key in expected} == expected
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A context of a test is a private window, and that is all Chromium has against it.
    assert [error["errorId"] for error in found if error["errorId"] != "in-incognito"] == []
    assert session.send("Page.getAppManifest")["errors"] == []
