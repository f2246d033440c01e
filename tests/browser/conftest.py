"""Open the built site in a real browser, under a sub-path, with GitHub Pages' headers.

Every page is watched: a request that leaves the site, a console error or an
uncaught exception fails the test that caused it. What explains a failure (a
screenshot and the console) is kept in ``_build/failures``.
"""

import mimetypes
import os
import re
import shutil
import threading
import time
from urllib.parse import urlsplit

import pytest

from tools.browser import ROOT, SITE, launched_browser, served_site
from tools.site_server import PagesHandler, SiteServer

# Their names have hashes.
WORKER = r"/_static/overlap/worker-\w+\.js"
KERNEL_LIST = r"/_static/overlap/kernel-\w+\.json"

# The page on which a reader is watched, where no other is asked for: it has cells of every kind.
PAGE = "notebooks/async.html"
# The page with the explorers, and one with a cell in virtual time.
EXPLORERS = "notebooks/async-downloader.html"
VIRTUAL = "notebooks/async-failure-and-time.html"
AXE = ROOT / "book" / "web" / "node_modules" / "axe-core" / "axe.min.js"
FAILURES = ROOT / "_build" / "failures"

if not (SITE / "index.html").is_file():
    raise pytest.UsageError(f"Tests in a browser need the site in {SITE}, which is not built. Run: make html")

# Pages a reader can open, and those of them that have runnable cells or scripts.
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if path.relative_to(SITE).parts[0] not in ("lite", "_static")
)


def text_of(name):
    """A page's HTML."""
    return (SITE / name).read_text(encoding="utf8")


def pages_with(text):
    """The pages whose HTML contains a text."""
    return [name for name in PAGES if text in text_of(name)]


CELL_PAGES = pages_with('data-runs="browser"')
SCRIPT_PAGES = pages_with('data-runs="local"')


@pytest.fixture(scope="session")
def site():
    """The address of the built site, ending in a slash."""
    with served_site() as server:
        yield server.address


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests; each page has its own context."""
    with launched_browser() as launched:
        yield launched


# Collects what the site's policy refuses; an `init_script`.
REPORTS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


class SlowFile:
    """What an answer is written to, on a line that carries so many bytes in a second."""

    def __init__(self, file, rate):
        self.file = file
        self.rate = rate

    def write(self, data):
        """Send it piece by piece, each after the time that it takes."""
        for start in range(0, len(data), PIECE):
            time.sleep(len(data[start : start + PIECE]) / self.rate)
            self.file.write(data[start : start + PIECE])
        return len(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


PIECE = 40_000


class FaultyHandler(PagesHandler):
    """GitHub Pages on a bad day; see OwnSite."""

    def send_header(self, keyword, value):
        if keyword == "Cache-Control":
            value = self.server.caching or value
        super().send_header(keyword, value)

    def _send_file(self, file, status, send_body):
        self.server.asked.append(self.path)
        if self.server.slow and not isinstance(self.wfile, SlowFile):
            self.wfile = SlowFile(self.wfile, self.server.slow)
        cut = self.server.cut
        if cut is None or not cut.search(file.as_posix()):
            return super()._send_file(file, status, send_body)
        body = file.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True
        return None


class OwnSite:
    """A copy of the built site that a test may change, on a server that it may stop.

    ``cut`` is a pattern: files whose path it finds break off in the middle. ``slow`` lets each connection
    carry so many bytes in a second. ``caching`` replaces the Cache-Control of all answers. ``asked``
    lists the paths of all requests.
    """

    def __init__(self, folder):
        self.folder = folder / "site"
        # Linked: a test that changes a file must replace it.
        shutil.copytree(SITE, self.folder, copy_function=os.link)
        self.port = 0
        self.asked = []
        self.start()

    def start(self):
        self.server = SiteServer(self.folder, self.port, FaultyHandler)
        self.server.cut = None
        self.server.slow = None
        self.server.caching = None
        self.server.asked = self.asked
        self.port = self.server.server_port
        self.address = self.server.address
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def cut(self, pattern):
        self.server.cut = pattern and re.compile(pattern)

    def slow(self, rate):
        self.server.slow = rate

    def caching(self, value):
        self.server.caching = value

    def stop(self):
        """The server goes away, with the connections that it has."""
        if self.thread is None:
            return
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.thread = None

    def replace(self, name, change):
        """Deploy another version of a file: ``change`` turns the old bytes into the new ones."""
        file = self.folder / name
        content = change(file.read_bytes())
        file.unlink()
        file.write_bytes(content)


@pytest.fixture
def own_site(tmp_path):
    """The site for one test alone."""
    site = OwnSite(tmp_path)
    yield site
    site.stop()


class Watched:
    """A page and what went wrong on it that a reader would not see at once."""

    def __init__(self, page, site):
        self.page = page
        self.requests = []
        self.problems = []
        self.console = []
        self.expected = []
        origin = urlsplit(site)[:2]
        page.on("request", lambda request: self._on_request(request, origin))
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))

    def _on_request(self, request, origin):
        self.requests.append(request.url)
        if urlsplit(request.url)[:2] != origin and not request.url.startswith(("data:", "blob:")):
            self.problems.append(f"request to another origin: {request.url}")

    def _on_console(self, message):
        self.console.append(f"{message.type}: {message.text}")
        if message.type == "error":
            self.problems.append(f"console error: {message.text}")

    def expect(self, pattern):
        """This test causes a problem on purpose: do not fail because of it."""
        self.expected.append(re.compile(pattern))

    def unexpected(self):
        """Problems that no pattern allows."""
        return [p for p in self.problems if not any(e.search(p) for e in self.expected)]


@pytest.fixture
def open_page(browser, site, request):
    """Open a page of the site: ``open_page("notebooks/async.html", color_scheme="dark")``."""
    opened = []

    def open_(name="", *, init_script=None, before=None, site=site, **context_options):
        context = browser.new_context(**context_options)
        context.set_default_timeout(60_000)
        page = context.new_page()
        watched = Watched(page, site)
        opened.append(watched)
        page.watched = watched
        if init_script:
            page.add_init_script(init_script)
        if before:
            before(page)
        page.goto(site + name)
        return page

    yield open_
    report = getattr(request.node, "report_call", None)
    problems = [problem for watched in opened for problem in watched.unexpected()]
    if problems or (report is not None and report.failed):
        keep_evidence(request.node.name, opened)
    for watched in opened:
        watched.page.context.close()
    assert problems == []


def keep_evidence(test_name, opened):
    """Save a screenshot and the console of each page of a failed test."""
    FAILURES.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "-", test_name)
    for number, watched in enumerate(opened):
        if not watched.page.is_closed():
            watched.page.screenshot(path=FAILURES / f"{stem}-{number}.png")
        (FAILURES / f"{stem}-{number}.txt").write_text(
            "\n".join([*watched.problems, "", *watched.console]), encoding="utf8"
        )


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Let the fixture above know whether the test failed."""
    outcome = yield
    report = outcome.get_result()
    setattr(item, f"report_{report.when}", report)


def without_stack_switching(page):
    """Make the kernel's worker believe that this browser has no JSPI.

    Firefox before 153 and Safari before 27 are such browsers; there Python
    cannot wait inside a synchronous call.
    """

    def strip(route):
        response = route.fetch()
        route.fulfill(
            response=response,
            body="delete WebAssembly.Suspending; delete WebAssembly.promising;\n" + response.text(),
        )

    page.context.route(re.compile(WORKER), strip)


def without_snapshot(page):
    """Let the kernel start the usual way: the build made no snapshot, as far as it knows."""

    def strip(route):
        config = route.fetch().json()
        del config["snapshot"]
        route.fulfill(json=config)

    page.context.route(re.compile(KERNEL_LIST), strip)


def without_both(page):
    """Neither stack switching nor a snapshot."""
    without_stack_switching(page)
    without_snapshot(page)


# How a page may have to run Python. All of them must teach the same.
BROWSERS = {"stack-switching": None, "no-stack-switching": without_stack_switching}
STARTS = {
    "snapshot": None,
    "snapshot-no-stack-switching": without_stack_switching,
    "usual-start": without_snapshot,
    "usual-start-no-stack-switching": without_both,
}


@pytest.fixture
def page(open_page):
    """A page with cells."""
    return open_page(PAGE)


@pytest.fixture(params=BROWSERS)
def either_page(open_page, request):
    """The same, in both kinds of browser: where waiting and stopping work differently."""
    return open_page(PAGE, before=BROWSERS[request.param])


def assert_axe_finds_nothing(page, where="document"):
    """Automated accessibility rules hold, light and dark; in the dark only colors can be another matter."""
    page.evaluate(AXE.read_text(encoding="utf8"))
    for theme, rules in ("light", "{}"), ("dark", "{runOnly: ['color-contrast', 'link-in-text-block']}"):
        page.emulate_media(color_scheme=theme)
        found = page.evaluate(f"axe.run({where}, {{resultTypes: ['violations'], ...{rules}}})")["violations"]
        assert [(v["id"], [n["target"] for n in v["nodes"]][:5]) for v in found] == [], theme


# An `init_script`: the reader asked the browser to save data.
SAVE_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"

# --- what is stored --------------------------------------------------------------------------

# The addresses of Python's files in Cache Storage.
STORED_PYTHON = "async () => (await (await caches.open('/overlap/python')).keys()).map(({url}) => url)"
OF_A_START = ["/pyodide.mjs", ".asm.mjs", ".wasm", ".snapshot", ".json"]
ALL_STORED = f"urls => {OF_A_START}.every(end => urls.some(url => url.endsWith(end)))"


def wait_until_stored(page, holds=ALL_STORED):
    """Python's files are put away after the first run. ``holds`` asks their addresses."""
    page.evaluate(f"""async () => {{
        const stored = {STORED_PYTHON}, holds = {holds};
        while (!holds(await stored())) await new Promise(resolve => setTimeout(resolve, 50));
    }}""")


# What a saved guide leaves in the browser.
STORED = """async () => ({
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    local: Object.keys(localStorage),
})"""
SAVE = re.compile("^Save this guide for offline use")


def open_box(open_page, own_site, **options):
    """The page with the box that saves."""
    page = open_page("running.html", site=own_site.address, **options)
    page.get_by_role("button", name=SAVE).wait_for()
    return page


def save(page, jupyterlite=False):
    """Press Save and wait until all is there."""
    if jupyterlite:
        page.get_by_role("checkbox", name=re.compile("JupyterLite")).check()
    page.get_by_role("button", name=SAVE).click()
    page.get_by_text("Saved on this device").wait_for()
