"""What holds on every page, for every reader."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from book.examples.scripts import Script
from tools.browser import ROOT, SITE
from tools.site_server import sub_path

from .conftest import CELL_PAGES, PAGES, REPORTS, SCRIPT_PAGES, assert_axe_finds_nothing, pages_with, text_of

READ_LIMIT = 250_000  # bytes over the wire for a page that is only read

# One page of each kind: home, shell, notebook, search, 404.
KINDS = [
    "index.html",
    "running.html",
    "notebooks/async.html",
    "notebooks/threads.html",
    "notebooks/processes.html",
    "notebooks/concurrency-models.html",
    "concepts/how-a-coroutine-pauses.html",
    "reference/glossary.html",
    "search.html",
    "404.html",
]


WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("name", PAGES)
def test_a_visit_that_only_reads(open_page, name):
    """All that a reader gets who runs nothing; one visit for all of it, which is most of its cost.

    That no request leaves the site and nothing is logged as an error is checked by the fixture.
    """
    names, sizes = {}, {}

    def measure(page):
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
        session.on(
            "Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]})
        )

    page = open_page(name, before=measure, init_script=REPORTS)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1

    # It costs at most 250 KB over the wire, everything included.
    by_size = sorted(((size, names.get(key)) for key, size in sizes.items()), reverse=True)
    assert sum(sizes.values()) <= READ_LIMIT, by_size[:8]

    # Nothing of Python, and of the search, is fetched before the reader shows intent.
    assert [url for url in page.watched.requests if "/lite/" in url or "/overlap/worker-" in url] == []
    if name != "search.html":
        assert [url for url in page.watched.requests if "/overlap/search" in url] == []
    if name in CELL_PAGES:
        assert page.evaluate("document.documentElement.dataset.kernel") == "off"

    # Title, description and canonical address are there for search and for links.
    assert "Overlap" in page.title()
    if name not in ("search.html", "404.html", "genindex.html"):
        assert len(page.locator('meta[name="description"]').get_attribute("content")) > 40
        assert page.locator('link[rel="canonical"]').get_attribute("href").startswith("http")
        assert page.locator('meta[property="og:image"]').count() == 1

    # A script is marked, explained, and cannot be run in the page.
    for example in page.locator('[data-runs="local"]').all():
        assert "runs locally only" in example.text_content()
        assert example.get_by_role("button", name="Run").count() == 0
        assert example.locator("details.why summary").text_content() == "why?"
        assert example.locator('[data-output="recorded"] .output-label').count() == 1

    # On a phone, and magnified four times, everything wide scrolls inside itself.
    wide = page.viewport_size
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, width
    page.set_viewport_size(wide)

    # The site's policy forbids nothing that the theme's switch and the search need.
    page.get_by_role("button", name="Dark theme").click()
    page.keyboard.press("ControlOrMeta+k")
    page.locator("dialog input").fill("timeout")
    page.locator("dialog .search-results a").first.wait_for()
    assert page.evaluate("window.violations") == []


@pytest.mark.parametrize("name", SCRIPT_PAGES)
def test_downloads_are_the_tested_scripts_byte_for_byte(name):
    """What the link gives is the file in scripts/."""
    examples = re.findall(r'<div[^>]*data-runs="local".*?<a [^>]*download[^>]*>', text_of(name), re.DOTALL)
    assert len(examples) == text_of(name).count('data-runs="local"')
    for example in examples:
        script = re.search(r'data-script="([^"]+)"', example)[1]
        href = re.findall(r'href="([^"]+)"', example)[-1]
        assert (SITE / name).parent.joinpath(href).read_text(encoding="utf-8") == Script(
            ROOT / "scripts" / script
        ).served


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_no_violation(open_page, name):
    """Automated accessibility rules hold on one page of each kind, light and dark."""
    page = open_page(name, color_scheme="light", reduced_motion="reduce")
    page.wait_for_load_state("networkidle")
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    assert_axe_finds_nothing(page)
    for theme in "light", "dark":
        page.emulate_media(color_scheme=theme)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
        assert (brightness > 128) == (theme == "light"), background


@pytest.mark.parametrize("name", CELL_PAGES)
def test_without_javascript_code_and_recorded_output_are_there(open_page, name):
    """The page is complete before any script runs: no dead buttons, nothing hidden."""
    page = open_page(name, java_script_enabled=False)
    for cell in page.locator('[data-runs="browser"]').all():
        if cell.locator("details.hide").count():
            cell.locator("details.hide summary").click()
        source = json.loads(cell.locator("script[data-source]").text_content())
        shown = cell.locator(".cell_input pre").inner_text()
        assert shown.split() == source.split()
        recorded = cell.locator('[data-output="recorded"]')
        if recorded.count():
            assert recorded.is_visible()
        assert cell.get_by_role("button").count() == 0


def test_checkpoint_works_without_javascript(open_page):
    """Choosing an answer shows its explanation by CSS alone."""
    page = open_page("notebooks/async.html", java_script_enabled=False)
    checkpoint = page.locator("[data-checkpoint]").first
    choice = checkpoint.locator(".choice").first
    explanation = choice.locator(".explanation")
    assert not explanation.is_visible()
    choice.locator("input").check()
    assert explanation.is_visible()


def test_checkpoint_tells_screen_readers(open_page):
    """With JavaScript the explanation of the chosen answer appears in a live region."""
    page = open_page("notebooks/async.html")
    checkpoint = page.locator("[data-checkpoint]").first
    region = checkpoint.locator('[aria-live="polite"]')
    for choice in checkpoint.locator(".choice").all():
        right = choice.locator(".explanation").get_attribute("data-right") == "true"
        choice.locator("input").check()
        said = region.inner_text()
        assert said.startswith("Right." if right else "Not this one.")
        assert len(said.split()) > 5


def test_a_missing_page_shows_ours_at_any_depth(open_page, site):
    """The host's 404 page is ours, with links that work from anywhere."""
    page = open_page("notebooks/deep/nothing.html", before=lambda p: None)
    page.watched.expect("404")
    assert "not found" in page.locator("h1").inner_text().lower() or page.locator("h1").inner_text()
    home = page.locator("main a").first.get_attribute("href")
    assert page.request.get(urljoin(page.url, home)).ok
    styled = page.evaluate("[...document.styleSheets].length")
    assert styled > 0


def test_no_link_of_the_missing_page_is_dead():
    """Its links begin at the root of the site; those of the other pages are followed in tests/build."""
    links = [urlsplit(href) for href in re.findall(r'<a [^>]*?href="([^"]+)"', text_of("404.html"))]
    inside = [link for link in links if not link.scheme and not link.netloc]
    assert any(link.path for link in inside)
    for link in inside:
        file = SITE / (link.path.removeprefix(sub_path()) if link.path else "404.html")
        file = file / "index.html" if file.is_dir() else file
        assert file.is_file(), link.geturl()
        if link.fragment:
            assert f'id="{link.fragment}"' in file.read_text(encoding="utf8"), link.geturl()


def test_sitemap_lists_every_page_that_is_in_the_contents():
    """Search engines find all pages, by the names readers see."""
    text = (SITE / "sitemap.xml").read_text(encoding="utf8")
    for name in PAGES:
        if name in ("search.html", "404.html", "genindex.html", "index.html"):
            continue
        assert f"/{name}</loc>" in text
    assert "/book/" not in text


FOUND = [("TaskGroup", "Async"), ("analytics", "Running these examples")]


@pytest.mark.parametrize(("words", "title"), FOUND)
def test_search_finds_a_page_and_leads_to_it(open_page, words, title):
    """The search page works, and its links use the names readers see."""
    page = open_page(f"search.html?q={words}")
    link = page.locator("main").get_by_role("link", name=title).first
    link.wait_for()
    assert page.request.get(urljoin(page.url, link.get_attribute("href"))).ok


def test_search_results_are_reached_with_the_arrow_keys(open_page):
    """Down goes from the field to the results, Up back to it, and neither leaves the list."""
    page = open_page("search.html?q=asyncio")
    field = page.get_by_role("searchbox").first
    results = page.locator("main .search-results a")
    results.nth(1).wait_for()
    field.focus()
    focused = "[...document.querySelectorAll('main .search-results a')].indexOf(document.activeElement)"
    seen = []
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"]:
        page.keyboard.press(key)
        seen.append(page.evaluate(focused))
    assert seen == [0, 1, 0, -1, -1]
    assert field.evaluate("field => field === document.activeElement")


PREDICTIONS = pages_with("Predict, then run")


@pytest.mark.parametrize("how", ["answer", "button"])
@pytest.mark.parametrize("name", PREDICTIONS[:1])
def test_the_answer_to_a_prediction_is_folded_until_the_reader_has_chosen(open_page, name, how):
    """The recorded output hides behind a button; an answer or the button shows it."""
    page = open_page(name)
    folded = page.locator("[data-folded]").first
    folded.wait_for(state="attached")
    assert not folded.is_visible()
    output = page.locator(f"#{folded.get_attribute('id')}")
    button = page.locator(f'[aria-controls="{folded.get_attribute("id")}"]')
    assert button.get_attribute("aria-expanded") == "false"
    if how == "button":
        button.click()
        assert button.get_attribute("aria-expanded") == "true"
    else:
        question = page.locator("[data-checkpoint]").filter(has_text="Predict, then run").first
        question.locator("input").first.check()
        button.wait_for(state="detached")
    assert output.is_visible()


def test_a_printed_prediction_shows_its_answer(open_page):
    """Only the screen folds: paper has everything."""
    page = open_page(PREDICTIONS[0])
    folded = page.locator("[data-folded]").first
    folded.wait_for(state="attached")
    page.emulate_media(media="print")
    assert folded.is_visible()


@pytest.mark.parametrize("name", [CELL_PAGES[0]])
def test_without_javascript_a_line_says_why_there_is_no_run_button(open_page, name):
    """One line, before the first cell; with JavaScript it is not there."""
    page = open_page(name, java_script_enabled=False)
    notice = page.locator(".no-runner")
    assert notice.count() == 1
    assert "needs JavaScript" in notice.inner_text()
    above = "notice => notice.compareDocumentPosition(document.querySelector('.cell[data-runs]'))"
    assert notice.evaluate(above) == 4  # the cell follows
    assert open_page(name).locator(".no-runner").count() == 0


def test_the_bar_fits_a_magnified_page_while_python_runs(open_page):
    """320 px less a scrollbar, with all buttons that the runner adds."""
    page = open_page("notebooks/async.html", viewport={"width": 305, "height": 640})
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_role("button", name="Restart").wait_for()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
    bar = page.locator(".bd-header-article")
    for button in bar.locator("button:visible, a:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 305, button.inner_text()
        assert box["width"] >= 24


def test_fingers_get_large_buttons(open_page):
    """On a touch screen each button of a cell is at least 44 px wide and high, also after a run."""
    page = open_page("notebooks/async.html", **PHONE)
    cell = page.locator('[data-runs="browser"]').first
    cell.get_by_role("button", name="Run", exact=True).tap()
    cell.get_by_role("button", name="Show recorded").wait_for()
    cell.get_by_role("button", name="Edit", exact=True).tap()
    cell.get_by_role("button", name="Copy link").wait_for()
    for button in cell.locator(".run-button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44, button.inner_text()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0


LEARN = ["index.html", "running.html", *(name for name in PAGES if name.startswith("notebooks/"))]
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 740}}

CUT_TABLES = """() => [...document.querySelectorAll(".pst-scrollable-table-container")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.textContent.trim().slice(0, 60))"""

# Text as it is drawn: a picture may be scaled down.
SMALL_TEXT = """() => {
  const small = [];
  const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    const box = element.getBoundingClientRect();
    if (!words || box.width < 2 || element.closest("script, style, .visually-hidden")) continue;
    const matrix = element.closest("svg") ? element.getScreenCTM() : null;
    const scale = matrix ? Math.hypot(matrix.a, matrix.b) : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < (matrix ? 12.9 : 13.9)) small.push(`${size.toFixed(1)} px: ${words.slice(0, 40)}`);
  }
  return small;
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll(
    ".choice label, .download-script, .why > summary, [data-timeline] summary, .sd-card-body li a")]
    .map((target) => [target.textContent.trim(), target.getBoundingClientRect()])
    .filter(([, box]) => box.width && Math.min(box.width, box.height) < 43.5)
    .map(([words, box]) => `${words.slice(0, 40)}: ${Math.round(box.width)} x ${Math.round(box.height)}`)"""


@pytest.mark.parametrize("name", LEARN)
def test_learn_can_be_read_on_a_phone(open_page, name):
    """Tables fit, also those of many columns; no word is tiny, in charts neither; fingers hit."""
    page = open_page(name, **PHONE)
    assert page.evaluate(CUT_TABLES) == []
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(SMALL_TARGETS) == []


def test_printed_page_has_code_and_output_and_no_controls(open_page):
    """On paper there are no buttons, and nothing is cut off."""
    page = open_page("notebooks/async.html")
    page.emulate_media(media="print")
    cell = page.locator('[data-runs="browser"]').first
    assert cell.locator(".cell_input pre").is_visible()
    assert cell.locator('[data-output="recorded"]').is_visible()
    assert not cell.locator(".cell-controls").is_visible()


def test_scripts_index_is_complete():
    """Every script is on the site, and nothing else is."""
    ours = {p.relative_to(ROOT / "scripts") for p in Path(ROOT / "scripts").rglob("*.py")}
    theirs = {p.relative_to(SITE / "scripts") for p in Path(SITE / "scripts").rglob("*.py")}
    assert ours == theirs
