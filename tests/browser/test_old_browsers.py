"""In a browser older than the guide is made for: reading never breaks, and Run says what is missing.

What such a browser lacks is taken from Chromium: objects are deleted, and what styles, scripts and pages
name gets a name there that no browser knows.
"""

import json
import re

import pytest

from tools.browser import ROOT, cell, edit, finish, run, wait_for_state

from .conftest import PAGE, WORKER

MINIMUM = re.search(
    r"The guide is made for ([^<]*?), and for what is newer",
    (ROOT / "_build/html/running.html").read_text("utf8"),
)[1]

# What a browser lacks: a script that deletes it, and the names that it does not know.
LACKS = {
    "popover": (
        "for (const name of ['popover', 'showPopover', 'hidePopover', 'togglePopover'])"
        " delete HTMLElement.prototype[name];",
        {":popover-open": ":unknown-open", " popover>": " data-popover>"},
    ),
    "light-dark": ("", {"light-dark(": "unknown-pair("}),
    "scripting": ("", {"(scripting:": "(unknown:"}),
    "has": ("", {":has(": ":unknown("}),
    "highlights": ("delete CSS.highlights; delete window.Highlight;", {"::highlight(": "::unknown("}),
    "checkVisibility": ("delete Element.prototype.checkVisibility;", {}),
    "streams": ("delete window.CompressionStream; delete window.DecompressionStream;", {}),
    "locks": ("delete Navigator.prototype.locks;", {}),
    "idle": ("delete window.requestIdleCallback;", {}),
    "timeout": ("delete AbortSignal.timeout; delete AbortSignal.any;", {}),
}


def lacking(*names):
    """What makes a page's browser lack these; for ``before``."""
    renamed = {old: new for name in names for old, new in LACKS[name][1].items()}

    def rename(route):
        answer = route.fetch()
        text = answer.text()
        for old, new in renamed.items():
            text = text.replace(old, new)
        route.fulfill(response=answer, body=text)

    def before(page):
        page.add_init_script("".join(LACKS[name][0] for name in names))
        if renamed:
            page.context.route(re.compile(r"\.(html|css|js)(\?|$)"), rename)

    return before


PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 640}}
# One page of each kind.
KINDS = ["index.html", PAGE, "recipes/bounded-fan-out.html", "reference/asyncio.html", "running.html"]


def test_the_minimum_is_that_of_the_build():
    """Readers are told what package.json says, and nothing else."""
    queries = json.loads((ROOT / "book/web/package.json").read_text("utf8"))["browserslist"]
    for query in queries:
        name, version = query.split(" >= ")
        assert f"{name.replace('ios_saf', 'safari').capitalize()} {version}" in MINIMUM


@pytest.mark.parametrize("name", KINDS)
def test_an_old_phone_reads_searches_and_finds_its_way(open_page, name):
    """Without all of these, each kind of page still leads to every other one."""
    page = open_page(name, before=lacking(*LACKS), **PHONE)
    assert page.locator("article").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Site navigation").tap()
    link = page.locator("#site-navigation").get_by_role("link", name="Glossary")
    link.wait_for()
    assert link.evaluate(
        "link => document.querySelector('#site-navigation').contains(document.activeElement)"
    )
    page.get_by_role("button", name="Search", exact=True).locator("visible=true").first.tap()
    page.locator("dialog").get_by_role("searchbox").fill("gather")
    page.locator("dialog .search-results a").first.tap()
    page.wait_for_url(lambda url: name not in url or "#" in url)
    page.get_by_role("button", name="Site navigation").tap()
    page.locator("#site-navigation").get_by_role("link", name="Glossary").tap()
    page.wait_for_url(re.compile(r"/reference/glossary\.html"))  # where the search may have led to


@pytest.mark.parametrize("lacks", [name for name, (script, _) in LACKS.items() if script])
def test_cells_run_without_what_python_does_not_need(open_page, lacks):
    """Each of these may be missing: cells run, and the timeline is drawn."""
    page = open_page(PAGE, before=lacking(lacks))
    target = run(page, 1)
    assert finish(page, 1) == "done"
    assert target.locator('[data-output="live"] pre').first.is_visible()
    target.get_by_role("button", name="Timeline").click()
    bar = target.locator(".cell-timeline svg [data-span]").first
    bar.wait_for()
    finish(page, 1)
    target.locator(".cell_input pre").hover()


COLORS = """() => ["html", "body", ".cell-bar", ".cell-run", "pre .k", "article a", "code"]
    .map((selector) => document.querySelector(selector)).filter(Boolean)
    .map((element) => getComputedStyle(element))
    .map(({color, backgroundColor, borderBottomColor}) => [color, backgroundColor, borderBottomColor])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colors_do_not_need_light_dark(open_page, scheme):
    """They are the same without light-dark(), by the system's wish, the reader's, and on paper."""
    old, new = [
        open_page(PAGE, before=before, color_scheme=scheme, reduced_motion="reduce")
        for before in (lacking("light-dark"), None)
    ]
    seen = []
    for page in (old, new):
        of_system = page.evaluate(COLORS)
        page.emulate_media(media="print")
        on_paper = page.evaluate(COLORS)
        page.emulate_media(media="screen")
        page.get_by_role("button", name="Dark theme").click()
        seen.append([of_system, page.evaluate(COLORS), on_paper])
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][1]


# What the runner cannot do without.
NEEDED = {
    "WebAssembly": "delete window.WebAssembly;",
    "exceptions in WebAssembly": "WebAssembly.validate = () => false;",
    "module workers": "const Made = Worker;"
    "window.Worker = class { constructor(url) { return new Made(url); } };",
}


@pytest.mark.parametrize("missing", NEEDED)
def test_run_says_what_is_missing_and_the_minimum(open_page, missing):
    """In words, with all else as it was: the recorded output, reading, search."""
    page = open_page(PAGE, init_script=NEEDED[missing])
    page.watched.expect("Content Security Policy")  # an old browser makes the worker that is only a question
    target = run(page, 1)
    wait_for_state(page, 1, "failed")
    said = target.locator('[data-output="live"]').inner_text()
    assert f"This browser is too old to run Python in a page, or set up not to: it has no {missing}." in said
    assert f"{MINIMUM}, or a newer one, can." in said
    assert target.locator('[data-output="recorded"]').is_visible()
    page.keyboard.press("ControlOrMeta+k")
    page.locator("dialog").get_by_role("searchbox").fill("gather")
    page.locator("dialog .search-results a").first.wait_for()


TOO_NEW = "export const unknown = @@;"


def test_a_worker_whose_code_is_too_new(open_page):
    """The browser does not understand the worker: the message names the minimum."""
    page = open_page(
        PAGE,
        before=lambda page: page.context.route(
            re.compile(WORKER), lambda route: route.fulfill(body=TOO_NEW, content_type="text/javascript")
        ),
    )
    page.watched.expect("SyntaxError|console error")
    target = run(page, 1)
    wait_for_state(page, 1, "failed")
    said = target.locator('[data-output="live"]').inner_text()
    assert f"If this browser is older than {MINIMUM}, that is why." in said
    assert target.locator('[data-output="recorded"]').is_visible()


def test_a_runner_whose_code_is_too_new(open_page):
    """Without the runner a line above the cells names the minimum."""
    page = open_page(
        PAGE,
        before=lambda page: page.context.route(
            re.compile(r"/overlap/runner\.js"),
            lambda route: route.fulfill(body=TOO_NEW, content_type="text/javascript"),
        ),
    )
    page.watched.expect("uncaught|console error")
    page.locator(".no-runner", has_text=MINIMUM).wait_for()
    assert cell(page, 1).locator('[data-output="recorded"]').is_visible()


def test_links_with_code_need_streams(open_page):
    """Where code cannot be packed, Copy link says so; a link that someone else made does, too."""
    page = open_page(PAGE, before=lacking("streams"))
    target = edit(page, 1, "print('mine')")
    target.get_by_role("button", name="Copy link").click()
    target.get_by_text(
        f"This browser cannot make links with code; {MINIMUM}, or a newer one, can."
    ).wait_for()
    page.goto(page.url + "#cell-2=1234abcd.S04sLlHQVM9ILSpVBwA")
    cell(page, 2).get_by_text(f"this browser is older than {MINIMUM}").wait_for()
