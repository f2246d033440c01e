"""One page for three engines: a test that is written for Playwright's page runs in each of them.

Chromium is driven by Playwright, as in the other tests. Firefox and WebKitGTK are those of the machine, which
`tools.webdriver` drives. With ``OVERLAP_ENGINES=playwright`` they are Playwright's own Firefox and WebKit.
One that is not there is skipped, and the last lines of a run say so; with ``OVERLAP_ENGINES=all`` that is an
error. ``-k firefox`` runs one engine alone.
"""

import contextlib
import os
import re
import threading
from http import HTTPStatus

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import LACKING_ENGINE
from tools.browser import SITE, launched_browser
from tools.find_browser import find_firefox, find_webkit
from tools.site_server import PagesHandler, SiteServer
from tools.webdriver import Page, launched_engine

from ..conftest import WORKER, Watched, keep_evidence

ENGINES = ("chromium", "firefox", "webkit")
WHICH = os.environ.get("OVERLAP_ENGINES", "")
# Firefox's words for a request of a cell that has timed out, and that the service worker was answering.
GIVEN_UP = "A ServiceWorker intercepted the request and encountered an unexpected error"
WINDOW = {"width": 1280, "height": 900}
FIND = {"firefox": find_firefox, "webkit": find_webkit}

# Begins each page and Python's worker where a driver does not tell of the console.
LISTENER = """(() => {
  const address = new URL("%s", location.origin);
  const tell = line => fetch(address, { method: "POST", body: line, keepalive: true });
  for (const level of ["error", "warn"]) {
    const say = console[level];
    console[level] = (...words) => { tell(`${level}: ${words.map(String).join(" ")}`); say(...words); };
  }
  const failed = ({ message, target }) => message ?? `${target.src ?? target.href} did not load`;
  addEventListener("error", event => tell(`error: ${failed(event)}`), true);
  addEventListener("unhandledrejection", event => tell(`error: ${event.reason}`));
  addEventListener("securitypolicyviolation", event =>
    tell(`error: ${event.violatedDirective}, ${event.blockedURI}`));
})();
"""


class EngineHandler(PagesHandler):
    """GitHub Pages, with a list of what was asked for; with `told`, a list, it puts a listener into pages."""

    def _answer(self, send_body):
        self.server.asked.append(self.path)
        if self.path == self.sub_path + "listener.js":
            self._send(LISTENER % (self.sub_path + "told"), "text/javascript")
        else:
            super()._answer(send_body)

    def do_POST(self):
        line = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.told.append(line)
        self._send("", "text/plain")

    def _send_file(self, file, status, send_body):
        if self.server.told is None:
            super()._send_file(file, status, send_body)
        elif file.suffix == ".html":
            script = f'<head><script src="{self.sub_path}listener.js"></script>'
            self._send(file.read_text(encoding="utf8").replace("<head>", script, 1), "text/html", status)
        elif re.search(WORKER, file.as_posix()):
            self._send(
                LISTENER % (self.sub_path + "told") + file.read_text(encoding="utf8"), "text/javascript"
            )
        else:
            super()._send_file(file, status, send_body)

    def _send(self, text, kind, status=HTTPStatus.OK):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class FromPlaywright:
    """An engine that Playwright drives: a context for each page."""

    listens = False

    def __init__(self, browser):
        self.browser = browser
        self.opened = []

    def open(self, address, site, viewport):
        context = self.browser.new_context(viewport=viewport)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.watched = Watched(page, site)
        self.opened.append(page.watched)
        page.goto(address)
        return page

    def console(self):
        """Playwright tells of it when it happens."""
        return []

    def close_pages(self):
        for watched in self.opened:
            watched.page.context.close()
        self.opened.clear()


class OfThisMachine:
    """An engine with one window, which `tools.webdriver` drives."""

    def __init__(self, driver, listens):
        self.driver = driver
        # With a listener in its pages: what that tells, for all sites.
        self.listens = listens
        self.told = []
        self.opened = []

    def open(self, address, site, viewport):
        page = Page(self.driver)
        page.watched = WatchedFromOutside(page, site)
        self.opened.append(page.watched)
        page.goto("about:blank")  # the page before ends, and its Python
        page.set_viewport_size(viewport)
        page.goto(address)
        return page

    def console(self):
        """What the console was told since it was asked last."""
        if not self.listens:
            return self.driver.console()
        lines = [*self.told]
        self.told.clear()
        return lines

    def close_pages(self):
        if self.opened:
            self.opened[-1].page.goto("about:blank")
        self.opened.clear()


class WatchedFromOutside(Watched):
    """The same for a page of `tools.webdriver`: its console is asked for at the end."""

    def __init__(self, page, site):
        self.page = page
        self.problems, self.console, self.expected = [], [], []

    def add(self, lines):
        self.console += lines
        self.problems += [line for line in lines if line.startswith("error")]


@contextlib.contextmanager
def started(name):
    """Start an engine by its name."""
    if name == "chromium":
        with launched_browser() as browser:
            yield FromPlaywright(browser)
    elif WHICH == "playwright":
        with sync_playwright() as playwright:
            browser = getattr(playwright, name).launch()
            yield FromPlaywright(browser)
            browser.close()
    elif FIND[name]() is None and WHICH != "all":
        pytest.skip(LACKING_ENGINE.format(name))
    else:
        with launched_engine(name) as driver:
            yield OfThisMachine(driver, listens=name == "webkit")


def param(name):
    """An engine as a parameter. One group each: each is started once, and two run beside each other."""
    return pytest.param(name, marks=pytest.mark.xdist_group(name))


@pytest.fixture(scope="session", params=[param(name) for name in ENGINES])
def engine(request):
    """One engine for all tests that run in it."""
    with started(request.param) as running:
        yield running


@contextlib.contextmanager
def serving(engine):
    """Serve the site on a port of its own, so that nothing is stored for it yet."""
    server = SiteServer(SITE, handler=EngineHandler)
    server.asked = []
    server.told = engine.told if engine.listens else None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def visited_site(engine):
    """A site that stays: Python's files are stored after the first page."""
    with serving(engine) as server:
        yield server


@pytest.fixture
def fresh_site(engine):
    """A site that this browser has never seen; its ``asked`` lists the paths of all requests."""
    with serving(engine) as server:
        yield server


@pytest.fixture
def open_page(engine, fresh_site, request):
    """Open a page: ``open_page("notebooks/async.html", viewport={"width": 360, "height": 640})``."""
    opened = []

    def open_(name="", *, site=fresh_site.address, viewport=WINDOW):
        page = engine.open(site + name, site, viewport)
        page.watched.expect(GIVEN_UP)
        opened.append(page.watched)
        return page

    yield open_
    report = getattr(request.node, "report_call", None)
    if opened and (lines := engine.console()):
        opened[-1].add(lines)
    problems = [problem for watched in opened for problem in watched.unexpected()]
    problems += [line for watched in opened for line in watched.console if "without its snapshot" in line]
    if failed := report is not None and report.failed:
        opened[-1].console.append(report.longreprtext)
    if problems or failed:
        keep_evidence(request.node.name, opened)
    engine.close_pages()
    assert problems == []
