"""When something fails to load, the reader learns what, keeps the recording, and can retry."""

import hashlib
import re

import pytest

from tools.browser import cell, edit, finish, launch_options, live_text, run, wait_for_state

from .conftest import (
    ALL_STORED,
    KERNEL_LIST,
    PAGE,
    SAVE_DATA,
    STORED_PYTHON,
    WORKER,
    wait_until_stored,
    without_snapshot,
)

ASSETS = {
    "worker": WORKER,
    "client": r"/_static/overlap/chunks/session",
    "kernel-list": KERNEL_LIST,
    "pyodide": r"pyodide\.mjs",
    "wasm": r"pyodide\.asm\.wasm",
    "standard-library": r"python_stdlib\.zip",
    "wheel": r"ipython-[\d.]+-py3-none-any\.whl",
}
# A start from the snapshot does not ask for these.
WITHOUT_SNAPSHOT = ("standard-library", "wheel")
NAMED = {"worker": "worker-", "kernel-list": "kernel-", "client": "session-", "wheel": "ipython-"}


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
    assert "This browser is too old to run Python in a page, or set up not to" in said
    assert missing.lower() in said.lower()
    assert target.locator('[data-output="recorded"]').is_visible()


ENGINE_CUT = r"pyodide\.asm\.wasm"


def test_connection_that_breaks_off_in_the_middle_of_the_start(open_page, own_site):
    """Half of the engine arrives: the message says so, and Retry goes on when the network is back."""
    page = open_page(PAGE, site=own_site.address)
    page.watched.expect("console error|uncaught")
    own_site.cut(ENGINE_CUT)
    target = cell(page, 1)
    target.get_by_role("button", name="Run", exact=True).click()
    assert wait_for_state(page, 1, "failed", "done") == "failed"
    said = target.locator('[data-output="live"]').inner_text()
    assert "pyodide.asm.wasm could not be loaded" in said
    assert target.locator('[data-output="recorded"]').is_visible()
    own_site.cut(None)
    target.get_by_role("button", name="Retry").click()
    wait_for_state(page, 1, "done")
    assert "cat.jpg" in live_text(target)


# --- storage ---------------------------------------------------------------------------------

NO_STORAGE = """
    const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
    for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
        Object.defineProperty(window, name, {get: refuse, configurable: true});
    Object.defineProperty(Navigator.prototype, "serviceWorker", {get: refuse, configurable: true});
"""
FULL_STORAGE = """
    const full = () => { throw new DOMException("full", "QuotaExceededError"); };
    Storage.prototype.setItem = full;
    if (window.Cache) Cache.prototype.put = async () => full();
"""


@pytest.mark.parametrize("script", [NO_STORAGE, FULL_STORAGE], ids=["forbidden", "full"])
def test_without_storage_everything_runs_and_the_reader_knows_about_edits(open_page, script):
    """A private window or a full disk: cells run, the theme switches, and an edit's fate is told."""
    page = open_page(PAGE, init_script=script)
    target = run(page, 1, "print('mine')")
    assert finish(page, 1) == "done"
    assert live_text(target) == "mine\n"
    assert "This edit lasts until you leave the page" in target.inner_text()
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


# --- the worker ------------------------------------------------------------------------------


def test_worker_that_dies_is_told_and_replaced(open_page):
    """Python crashes: the reader learns it, keeps the edit, and Retry starts a fresh one."""
    page = open_page(PAGE)
    page.watched.expect("uncaught|console error")
    crash = (
        "import asyncio, js\n"
        "js.setTimeout(js.Function.new('throw new Error(\"out of memory\")'), 0)\n"
        "await asyncio.sleep(3600)"
    )
    target = run(page, 1, crash)
    wait_for_state(page, 1, "failed")
    said = target.inner_text()
    assert "Python ended unexpectedly" in said
    assert "out of memory" in said
    assert page.evaluate("document.documentElement.dataset.kernel") == "dead"
    assert "js.setTimeout" in target.locator(".cm-content").inner_text()
    run(page, 1, "print('alive')")
    assert finish(page, 1) == "done"
    assert live_text(target) == "alive\n"


def test_worker_that_ends_without_a_word_can_be_stopped(open_page):
    """Nothing tells a page that its worker closed itself: Stop still works, and so does the next run."""
    page = open_page(PAGE)
    target = run(page, 1, "import asyncio, js\njs.close()\nawait asyncio.sleep(3600)")
    wait_for_state(page, 1, "running")
    target.get_by_role("button", name="Stop").click()
    wait_for_state(page, 1, "stopped")
    run(page, 1, "print('alive')")
    assert finish(page, 1) == "done"


# --- tabs, history, visibility ---------------------------------------------------------------


def second_tab(page):
    """The same page in another tab of the same browser."""
    other = page.context.new_page()
    other.goto(page.url)
    return other


def test_two_tabs_that_edit_one_cell_lose_no_edit_silently(open_page):
    """Each tab is told of the other's edit and decides; what was not chosen is still in its tab."""
    first = open_page(PAGE)
    second = second_tab(first)
    edit(first, 1, "print('first')")
    # The second tab had no edit: it is offered the other's.
    cell(second, 1).get_by_text("You edited this cell in another tab.").wait_for()
    cell(second, 1).get_by_role("button", name="Leave it there").click()
    edit(second, 1, "print('second')")
    warned = cell(first, 1).get_by_text("The browser keeps the edit that was made last")
    warned.wait_for()
    assert "print('first')" in cell(first, 1).locator(".cm-content").inner_text()
    cell(first, 1).get_by_role("button", name="Keep this one").click()
    assert warned.count() == 0
    second_warned = cell(second, 1).get_by_text("The browser keeps the edit that was made last")
    second_warned.wait_for()
    cell(second, 1).get_by_role("button", name="Use that edit here").click()
    assert cell(second, 1).locator(".cm-content").inner_text().strip() == "print('first')"
    first.reload()
    cell(first, 1).get_by_role("button", name="Restore your edit").click()
    assert cell(first, 1).locator(".cm-content").inner_text().strip() == "print('first')"


def test_reset_in_one_tab_keeps_the_edit_of_the_other(open_page):
    """Reset drops this tab's edit; another tab that is still editing stores its own again."""
    first = open_page(PAGE)
    edit(first, 1, "print('mine')")
    second = second_tab(first)
    cell(second, 1).get_by_role("button", name="Discard it").click()
    first.wait_for_function("() => localStorage.getItem(`overlap:${location.pathname}#1`) !== null")


def test_back_brings_an_honest_kernel(browser, site):
    """A page from the back-forward cache: what it says of its Python is so.

    A browser keeps a page if it likes; on a busy machine Chromium may not, and then we go again.
    """
    keeps_pages = browser.browser_type.launch(
        **launch_options(as_readers_have=True), ignore_default_args=["--disable-back-forward-cache"]
    )
    why_not = []
    with keeps_pages:
        while len(why_not) < 8:
            page = keeps_pages.new_page()
            page.goto(site + PAGE)
            page.evaluate(
                "window.kept = true;"
                "addEventListener('pageshow', ({persisted}) => window.restored = persisted)"
            )
            run(page, 1, "kept = 'kept'\nprint(kept)")
            assert finish(page, 1) == "done"
            # A start holds a lock until its files are put away, and a page with a lock is not kept.
            page.evaluate("navigator.locks.request('/overlap/python', () => undefined)")
            page.goto(site + "404.html")  # has no cells, so it starts no Python
            page.go_back(wait_until="commit")
            page.wait_for_function("() => window.restored !== undefined || !window.kept")
            if page.evaluate("window.restored"):
                kernel = page.evaluate("document.documentElement.dataset.kernel")
                run(page, 1, "print(globals().get('kept'))")
                assert finish(page, 1) == "done"
                assert live_text(cell(page, 1)) == ("kept\n" if kernel == "ready" else "None\n")
                return
            [entry] = page.evaluate("performance.getEntriesByType('navigation').map(entry => entry.toJSON())")
            why_not.append(entry["notRestoredReasons"])
            page.context.close()
    raise AssertionError(f"never from the cache, so this tests nothing: {why_not}")


HIDDEN = """
    Object.defineProperty(document, "hidden", {get: () => window.away ?? false});
    Object.defineProperty(document, "visibilityState", {get: () => window.away ? "hidden" : "visible"});
    const draw = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (act) => draw((time) => {
        if (!window.away) act(time);
        else addEventListener("visibilitychange", () => act(time), {once: true});
    });
    window.leave = (away) => {
        window.away = away;
        document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
    };
"""


def test_page_in_the_background_runs_on_and_shows_all(open_page):
    """The reader goes to another tab during a run: it ends, and its output is there, in order."""
    page = open_page(PAGE, init_script=HIDDEN)
    code = "import asyncio\nfor n in range(5):\n    print(n, flush=True)\n    await asyncio.sleep(0.1)"
    target = run(page, 1, code)
    target.locator('[data-output="live"] pre', has_text="1").wait_for()
    page.evaluate("leave(true)")
    page.locator('[data-cell="1"][data-state="done"]').wait_for()
    assert live_text(target) == "0\n1\n2\n3\n4\n"
    page.evaluate("leave(false)")
    assert live_text(target) == "0\n1\n2\n3\n4\n"


# --- chunks of the runner, which come late -----------------------------------------------------


def cut_off(page, chunk):
    """A chunk of the runner does not arrive, nor what it imports."""
    pattern = re.compile(rf"/chunks/(?:{chunk}|chunk)-\w+\.js")
    page.context.route(pattern, lambda route: route.abort())
    return pattern


def test_editor_that_did_not_arrive_comes_with_the_next_press(open_page):
    """The connection fails at the first Edit; the second one, with a connection, opens the editor."""
    page = open_page(PAGE)
    page.watched.expect("console error")
    run(page, 1)
    assert finish(page, 1) == "done"
    pattern = cut_off(page, "editor")
    edit_button = cell(page, 1).get_by_role("button", name="Edit", exact=True)
    edit_button.click()
    cell(page, 1).get_by_text("The editor could not be loaded").wait_for()
    page.context.unroute(pattern)
    edit_button.click()
    cell(page, 1).locator(".cm-content").wait_for()
    assert cell(page, 1).get_by_text("could not be loaded").count() == 0


RICH = "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))"


def test_rich_output_that_could_not_be_drawn_is_drawn_on_retry(open_page):
    """Without its chunk of the runner it is text; Retry draws it, without running the cell again."""
    page = open_page(PAGE)
    page.watched.expect("console error")
    edit(page, 1, RICH)
    pattern = cut_off(page, "rich")
    target = run(page, 1)
    assert finish(page, 1) == "done"
    target.get_by_text("This is the output as text").wait_for()
    page.context.unroute(pattern)
    target.get_by_role("button", name="Retry").click()
    target.locator('[data-output="live"] b', has_text="bold").wait_for()
    assert target.get_by_text("This is the output as text").count() == 0


def test_player_that_did_not_arrive_comes_with_the_next_press(open_page):
    """The list of steps is there in the meantime, and the page says so."""
    page = open_page(PAGE)
    page.watched.expect("console error")
    pattern = cut_off(page, "player")
    steps = page.get_by_role("button", name="Step through").first
    steps.click()
    page.get_by_text("The buttons for this could not be loaded").wait_for()
    page.context.unroute(pattern)
    steps.click()
    page.locator(".steps").wait_for()


# --- a new deploy ----------------------------------------------------------------------------


def deploy(own_site):
    """A new version of the site: every file of the runner and of Python has another name."""
    overlap = own_site.folder / "_static" / "overlap"
    renamed = {}
    for file in [*overlap.glob("chunks/*"), *overlap.glob("worker-*"), *overlap.glob("*.snapshot")]:
        new = file.rename(file.with_name(file.stem + "new" + file.suffix))
        renamed[file.name] = new.name
    [pyodide] = own_site.folder.glob("lite/static/pyodide-[0-9]*")
    renamed[f"/{pyodide.name}/"] = f"/{pyodide.name}new/"
    pyodide.rename(pyodide.with_name(pyodide.name + "new"))
    [listed] = overlap.glob("kernel-*.json")

    def change(old):
        text = old.decode()
        for name, new in renamed.items():
            text = text.replace(name, new)
        return text.encode()

    for file in [*overlap.glob("*.js*"), *overlap.glob("chunks/*")]:
        own_site.replace(file.relative_to(own_site.folder), change)
    version = listed.stem.removeprefix("kernel-")
    present = hashlib.sha256(listed.read_bytes()).hexdigest()[:10]
    listed.rename(listed.with_name(f"kernel-{present}.json"))
    page = (own_site.folder / PAGE).read_text(encoding="utf8")
    page = page.replace(version, present).replace("/runner.js?v=", "/runner.js?v=new")
    own_site.replace(PAGE, lambda old: page.encode())


@pytest.mark.parametrize("loaded", [False, True], ids=["before-intent", "after-intent"])
def test_page_that_is_older_than_the_site_says_reload(open_page, own_site, loaded):
    """The site was updated under an open page: it says so, Reload brings the new one, edits are kept."""
    # With Save-Data nothing but Run starts Python: the editor is there, the kernel is not.
    page = open_page(PAGE, site=own_site.address, init_script=SAVE_DATA)
    page.watched.expect("console error")
    edit(page, 2, "print('mine')") if loaded else None
    deploy(own_site)
    target = cell(page, 1)
    target.get_by_role("button", name="Run", exact=True).click()
    assert wait_for_state(page, 1, "failed", "done") == "failed"
    said = target.locator('[data-output="live"]').inner_text()
    assert "The guide was updated after you opened this page" in said
    target.get_by_role("button", name="Reload").click()
    page.wait_for_function("() => document.querySelector('script[src*=\"v=new\"]')")
    if loaded:
        cell(page, 2).get_by_role("button", name="Restore your edit").wait_for()
    run(page, 1)
    assert finish(page, 1) == "done"


def test_page_that_has_all_files_goes_on_with_them_after_a_deploy(open_page, own_site):
    """An open page starts Python again from the old files alone; a reloaded one keeps the new ones only."""
    page = open_page(PAGE, site=own_site.address)
    run(page, 1)
    assert finish(page, 1) == "done"
    wait_until_stored(page)
    old = set(page.evaluate(STORED_PYTHON))
    deploy(own_site)
    before = len(own_site.asked)
    page.get_by_role("button", name="Restart").click()
    page.wait_for_function("() => document.documentElement.dataset.kernel === 'ready'")
    run(page, 1)
    assert finish(page, 1) == "done"
    assert own_site.asked[before:] == []
    page.reload()
    run(page, 1)
    assert finish(page, 1) == "done"
    wait_until_stored(page, f"urls => ({ALL_STORED})(urls) && !urls.some(url => {sorted(old)}.includes(url))")


def test_page_and_scripts_of_different_versions_do_not_run_together(open_page, own_site):
    """A page that a browser has kept, with newer scripts: nothing is mixed, and the page says reload."""

    def older_list(page):
        def handle(route):
            route.fulfill(json=route.fetch().json() | {"worker": "worker-old.js"})

        page.context.route(re.compile(KERNEL_LIST), handle)

    page = open_page(PAGE, site=own_site.address, before=older_list)
    target = run(page, 1)
    assert wait_for_state(page, 1, "failed", "done") == "failed"
    assert "of different versions; reload the page" in target.inner_text()
