"""Python's files are kept in the browser: a later visit does not ask for them, and they are never mixed."""

import hashlib
import re

import pytest

from tools.browser import cell, finish, live_text, run

from .conftest import PAGE, WORKER, wait_until_stored

OF_PYTHON = re.compile(r"/lite/|/_static/overlap/kernel-")
LATE = "import csv, sqlite3\nprint(csv.__name__, sqlite3.__name__)"

HASHES = """async () => {
    const hashes = {};
    const cache = await caches.open("/overlap/python");
    for (const request of await cache.keys()) {
        const bytes = await (await cache.match(request)).arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        hashes[request.url] = [...digest].map(byte => byte.toString(16).padStart(2, "0")).join("");
    }
    return hashes;
}"""
DAMAGE = """async ([url, how]) => {
    const cache = await caches.open("/overlap/python");
    const bytes = new Uint8Array(await (await cache.match(url)).arrayBuffer());
    if (how === "a byte") bytes[bytes.length >> 1] ^= 1;
    await cache.put(url, new Response(how === "cut off" ? bytes.slice(0, bytes.length >> 1) : bytes));
}"""


def first_visit(open_page, own_site):
    """A page on which Python has run and been put away. The browser may keep nothing by itself."""
    own_site.caching("no-store")
    page = open_page(PAGE, site=own_site.address)
    run(page, 1, LATE)
    assert finish(page, 1) == "done"
    wait_until_stored(page)
    return page


def published(own_site, url):
    """The hash of the file that the site has at this address."""
    return hashlib.sha256((own_site.folder / url.removeprefix(own_site.address)).read_bytes()).hexdigest()


def test_a_second_visit_asks_for_nothing_of_python(open_page, own_site):
    """Not the list, the engine, the snapshot, nor the library that an import needed: they may be gone."""
    page = first_visit(open_page, own_site)
    wait_until_stored(page, "urls => urls.some(url => url.endsWith('.zip'))")
    assert any(OF_PYTHON.search(path) for path in own_site.asked)
    own_site.asked.clear()
    for file in [*own_site.folder.glob("_static/overlap/kernel-*"), *own_site.folder.glob("lite/static/*/*")]:
        file.unlink()
    page.reload()
    run(page, 1, LATE)
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "csv sqlite3\n"
    assert [path for path in own_site.asked if OF_PYTHON.search(path)] == []
    assert any(path.endswith("/async.html") for path in own_site.asked)


# All but the engine are checked by their hash before they are used; the engine has to compile.
@pytest.mark.parametrize(
    ("file", "how"),
    [
        (".wasm", "a byte"),
        (".wasm", "cut off"),
        (".asm.mjs", "a byte"),
        (".snapshot", "cut off"),
        (".json", "a byte"),
    ],
)
def test_a_damaged_file_is_replaced(open_page, own_site, file, how):
    """What the disk has damaged is downloaded again: Python starts, and the stored file is right."""
    page = first_visit(open_page, own_site)
    page.watched.expect("console error")
    [url] = [url for url in page.evaluate(HASHES) if url.endswith(file)]
    page.evaluate(DAMAGE, [url, how])
    assert page.evaluate(HASHES)[url] != published(own_site, url)
    page.reload()
    run(page, 1, "print('alive')")
    assert finish(page, 1) == "done"
    for _ in range(50):
        if page.evaluate(HASHES).get(url) == published(own_site, url):
            break
        page.wait_for_timeout(100)  # the page does not say when it puts something away
    assert page.evaluate(HASHES)[url] == published(own_site, url)


FORBIDDEN = """
    Object.defineProperty(self, "caches", {get() { throw new DOMException("no", "SecurityError"); }});
    Object.defineProperty(navigator, "locks", {value: undefined})"""
FULL = 'Cache.prototype.put = async () => { throw new DOMException("full", "QuotaExceededError"); }'


@pytest.mark.parametrize("script", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_without_room_python_comes_from_the_network(open_page, own_site, script):
    """A private window, or a full disk: nobody hears of it, and each visit works."""

    def in_worker(page):
        def handle(route):
            response = route.fetch()
            route.fulfill(response=response, body=f"{script};\n{response.text()}")

        page.context.route(re.compile(WORKER), handle)

    page = open_page(PAGE, site=own_site.address, before=in_worker)
    for _ in range(2):
        run(page, 1, LATE)
        assert finish(page, 1) == "done"
        page.reload()
    assert page.evaluate(HASHES) == {}
