"""The practice server: real where a service worker can answer, simulated where none can."""

import os
import re
import subprocess
import sys
import textwrap
import time
from urllib.parse import quote

import pytest

from tools.browser import ROOT, cell, finish, live_text, run, wait_for_text

from .conftest import BROWSERS, PAGE, STORED, open_box, save

REAL = "The practice server was real"
SIMULATED = "The practice server was simulated"

ONE = "from practice_server import Server\nprint(await Server(delay=0.1).fetch('a.jpg'))"

# Eight requests at once where four are answered, then again in pairs; and one that is given up.
RULES = """\
import asyncio
from practice_server import Server, ServerError, TooManyRequests

async def ask(server, name):
    try:
        return await server.fetch(name)
    except ServerError as error:
        wait = error.retry_after if isinstance(error, TooManyRequests) else None
        return error.status, wait

server = Server(delay=0.4, jitter=0.1, fail=0.5, limit=4)
names = [f"photo-{n}.jpg" for n in range(8)]
for answer in await asyncio.gather(*(ask(server, name) for name in names)):
    print(answer)
for pair in zip(names[::2], names[1::2]):
    print(await asyncio.gather(*(ask(server, name) for name in pair)))

busy = Server(delay=30, limit=1)
try:
    async with asyncio.timeout(0.5):
        await busy.fetch("slow.jpg")
except TimeoutError:
    print("given up")
busy.delay = 0
await asyncio.sleep(0.3)        # the server hears of it a little later
print(await ask(busy, "next.jpg"))
"""


def simulated_in_cpython():
    """What RULES prints in CPython, where nothing answers."""
    program = f"async def main():\n{textwrap.indent(RULES, '    ')}\nimport asyncio\nasyncio.run(main())\n"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(ROOT / "book" / name) for name in ("practice", "contract")),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def practice_responses(page):
    """Statuses of the requests for names, and whether a service worker answered each."""
    found = []

    def note(response):
        if re.search(r"/practice/[^?]+\?", response.url):
            found.append((response.status, response.from_service_worker))

    page.on("response", note)
    return found


@pytest.mark.parametrize("kind", BROWSERS)
def test_service_worker_keeps_the_rules_of_the_simulation(open_page, kind):
    """Requests are seen by the service worker; delays, 503, 429 and a free slot after a timeout are real."""
    page = open_page(PAGE, before=BROWSERS[kind])
    page.watched.expect("status of (503|429)|404")
    responses = practice_responses(page)
    run(page, 1, RULES)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, REAL)
    printed = live_text(cell(page, 1))
    assert printed == simulated_in_cpython()
    assert printed.count("(429, 1)") == 4
    assert "503" in printed
    assert "content of photo-" in printed
    assert printed.endswith("given up\ncontent of next.jpg\n")
    assert {answered_by_worker for _, answered_by_worker in responses} == {True}
    statuses = [status for status, _ in responses]
    assert len(statuses) == 18
    assert statuses.count(429) == 4
    assert statuses.count(503) == printed.count("503")
    # No service worker stays when the reader leaves, and nothing is saved but Python's files.
    stored = page.evaluate(STORED)
    assert stored["workers"] == 0
    assert set(stored["caches"]) <= {"/overlap/python"}
    page.reload()
    assert page.evaluate("() => navigator.serviceWorker.controller") is None


# As in Firefox: the service worker does not hear that a client has aborted a request.
DEAF = b"""\
self.ReadableStream = class extends ReadableStream {
  constructor({ cancel, ...source }, ...rest) { super(source, ...rest); }
};
"""


def test_service_worker_that_hears_no_abort_is_told(open_page, own_site):
    """A request that timed out frees its place, also where the browser says nothing of it."""
    own_site.replace("service-worker.js", lambda content: DEAF + content)
    page = open_page(PAGE, site=own_site.address)
    page.watched.expect("status of (503|429)|404")
    run(page, 1, RULES)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, REAL)
    assert live_text(cell(page, 1)).endswith("given up\ncontent of next.jpg\n")


def test_stop_and_a_fresh_python(open_page):
    """Stop aborts what is on its way; after Restart a new Python reaches the server again."""
    page = open_page(PAGE)
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    asking = "print('asking', flush=True)\nawait Server(delay=30).fetch('slow.jpg')"
    target = run(page, 1, f"from practice_server import Server\n{asking}")
    wait_for_text(page, 1, "asking")
    page.wait_for_timeout(600)  # a press this soon after Run counts as the same press
    target.get_by_role("button", name="Stop", exact=True).click()
    assert finish(page, 1) == "stopped"
    deadline = time.monotonic() + 10
    while not any("slow.jpg" in url for url in failed):
        assert time.monotonic() < deadline, "the request was not aborted"
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Restart").click()
    run(page, 1, ONE)
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "content of a.jpg\n"
    wait_for_text(page, 1, REAL)


def test_worker_that_the_browser_ended_comes_back(open_page):
    """A browser ends an idle service worker; the next request wakes it, although it is unregistered."""
    page = open_page(PAGE)
    run(page, 1, ONE)
    assert finish(page, 1) == "done"
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    run(page, 1)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, REAL)


# The service worker takes this long to wake up.
SLEEPY = b"for (const woken = Date.now(); Date.now() - woken < 1000; );\n"
IN_TIME = """\
import asyncio
from practice_server import Server
async with asyncio.timeout(0.8):
    print(await Server(delay=0.05).fetch("a.jpg"))
"""


def test_worker_wakes_up_before_the_time_limit_of_a_cell(open_page, own_site):
    """A browser has ended the idle service worker; the cell that has a time limit does not wait for it."""
    own_site.replace("service-worker.js", lambda content: SLEEPY + content)
    page = open_page(PAGE, site=own_site.address)
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    for _ in range(2):
        run(page, 1, IN_TIME)
        assert finish(page, 1) == "done"
        session.send("ServiceWorker.stopAllWorkers")
    wait_for_text(page, 1, REAL)


@pytest.mark.parametrize("kind", BROWSERS)
def test_without_service_workers_the_same_cell_simulates_and_says_so(open_page, kind):
    """The same output, after the same kind of wait, and a note below it."""
    page = open_page(PAGE, before=BROWSERS[kind], service_workers="block")
    page.watched.expect("404")  # the host has no practice server
    responses = practice_responses(page)
    run(page, 1, RULES)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, SIMULATED)
    assert live_text(cell(page, 1)) == simulated_in_cpython()
    assert responses == []


def test_in_virtual_time_it_is_simulated(open_page):
    """A clock that jumps knows no requests."""
    page = open_page(PAGE)
    code = (
        "from overlap_trace import virtual\nfrom practice_server import Server\n"
        "async def main():\n    return await Server(delay=30).fetch('a.jpg')\nprint(await virtual(main()))"
    )
    run(page, 1, code)
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "content of a.jpg\n"
    wait_for_text(page, 1, SIMULATED)


def test_saved_guide_and_practice_server_go_together(open_page, own_site):
    """A saved guide keeps its service worker; without a network the practice server answers."""
    page = open_box(open_page, own_site)
    save(page)
    page.goto(own_site.address + PAGE)
    run(page, 1, ONE)
    assert finish(page, 1) == "done"
    wait_for_text(page, 1, REAL)
    assert page.evaluate(STORED)["workers"] == 1
    page.watched.expect("console error")
    own_site.stop()
    page.context.set_offline(True)
    page.reload()
    run(page, 1, ONE)
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "content of a.jpg\n"
    wait_for_text(page, 1, REAL)


def test_in_jupyterlite_it_says_which_it_is(open_page):
    """JupyterLite's own service worker imports ours; without one, fetch is simulated there, too."""
    page = open_page(f"lite/repl/index.html?kernel=python&code={quote(ONE)}")
    page.watched.expect("console error")  # JupyterLite logs its own start-up troubles
    output = page.locator(".jp-OutputArea-output").filter(has_text="content of a.jpg")
    output.first.wait_for(timeout=120_000)
    assert re.search("practice server, (real|simulated): ", output.first.inner_text())


def test_other_addresses_are_left_alone(open_page):
    """Only what lies below practice/ is answered; bad wishes are told."""
    page = open_page(PAGE)
    page.watched.expect("400|404")
    run(page, 1, "from practice_server import Server\nawait Server(delay=0).fetch('a.jpg')")
    assert finish(page, 1) == "done"
    ask = "async address => { const a = await fetch(address); return [a.status, await a.text()]; }"
    assert page.evaluate(ask, "../practice/a.jpg?delay=31000") == [
        400,
        "delay is a whole number of milliseconds, from 0 to 30000.",
    ]
    assert page.evaluate(ask, "practice/a.jpg?delay=1")[0] == 404
    assert page.evaluate(ask, "../practices/a.jpg?delay=1")[0] == 404
