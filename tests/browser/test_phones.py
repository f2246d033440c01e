"""On a phone: fingers, a narrow window, a slow line, little memory."""

import itertools
import re

import pytest
from overlap_contract import GIVE_BACK_AFTER_MINUTES

from tools.browser import ENDED, cell, finish, live_text, run, wait_for_state

from .conftest import CELL_PAGES, PAGE, pages_with

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 640}}

KERNEL = "document.documentElement.dataset.kernel"


@pytest.fixture
def phone(open_page):
    """The page with cells, on a phone."""
    return open_page(PAGE, **PHONE)


# --- touch -----------------------------------------------------------------------------------


def tap(page, name, within=None):
    """Tap the one visible button of that name."""
    (within or page).get_by_role("button", name=name, exact=True).locator("visible=true").first.tap()


def test_a_finger_runs_edits_stops_and_resets(phone):
    """Everything that a cell's buttons do, by taps alone; a tap is pressed once."""
    target = cell(phone, 1)
    tap(phone, "Edit", target)
    code = target.locator(".cm-content")
    code.tap()
    code.press("ControlOrMeta+a")
    phone.keyboard.insert_text("import asyncio\nprint('mine')\nawait asyncio.sleep(3600)")
    tap(phone, "Run", target)
    target.locator('[data-output="live"] pre', has_text="mine").wait_for()
    tap(phone, "Stop", target)
    assert wait_for_state(phone, 1, "stopped", "done") == "stopped"
    tap(phone, "Reset", target)
    assert target.locator(".cm-content").count() == 0
    tap(phone, "Run", target)
    assert finish(phone, 1) == "done"
    tap(phone, "Show recorded", target)
    assert target.locator('[data-output="recorded"]').is_visible()


def test_a_finger_opens_menus_and_search(phone):
    """The drawers open by their buttons and close by a tap beside them; search leads to its result."""
    for button, drawer, beside in [
        ("Site navigation", "#site-navigation", (350, 300)),
        ("On this page", "#page-contents", (10, 300)),
    ]:
        tap(phone, button)
        phone.locator(drawer).wait_for()
        phone.touchscreen.tap(*beside)
        phone.locator(drawer).wait_for(state="hidden")
    tap(phone, "Search")
    phone.locator("dialog").get_by_role("searchbox").fill("gather")
    phone.locator("dialog .search-results a").first.tap()
    phone.locator("dialog").wait_for(state="hidden")


def test_a_tap_beside_closes_a_drawer_where_the_browser_does_not(open_page):
    """On iOS before 18.3 no tap closes a popover by itself: one that is closed by hand is such a one."""
    by_hand = (
        "document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('[popover]')"
        ".forEach((each) => (each.popover = 'manual')))"
    )
    page = open_page(PAGE, init_script=by_hand, **PHONE)
    tap(page, "On this page")
    contents = page.locator("#page-contents")
    contents.wait_for()
    contents.locator("#page-contents-title").tap()
    assert contents.is_visible()
    page.touchscreen.tap(10, 300)
    contents.wait_for(state="hidden")


STEPS = pages_with("ovt-player")


def test_a_finger_steps_through_a_run(open_page):
    """The buttons of the player answer to taps, and are large enough for them."""
    page = open_page(STEPS[0], **PHONE)
    tap(page, "Step through")
    steps = page.locator(".steps").first
    count = steps.locator(".steps-count")
    first = count.inner_text()
    tap(page, "Next", steps)
    assert count.inner_text() != first
    tap(page, "Previous", steps)
    assert count.inner_text() == first


# What can be pressed in a cell, a script or a question, and is smaller than a finger.
SMALL = """() => [...document.querySelectorAll(
    ":is(.cell, .script, [data-checkpoint], [data-chooser]) " +
    ":is(button, summary, .choice label, input[type=range], a.download-script)")]
    .map((target) => [target, target.getBoundingClientRect()])
    .filter(([, box]) => box.width && Math.min(box.width, box.height) < 43.9)
    .map(([target, box]) => `${target.className} ${target.textContent.trim().slice(0, 40)}: `
        + `${box.width.toFixed(1)} x ${box.height.toFixed(1)}`)"""


@pytest.mark.parametrize("name", CELL_PAGES)
def test_what_a_finger_presses_is_44_px_wide_and_high(open_page, name):
    """In cells, scripts, questions and players, with all that is folded open."""
    page = open_page(name, **PHONE)
    assert page.evaluate(SMALL) == []
    page.evaluate("document.querySelectorAll('.steps-open').forEach((button) => button.click())")
    page.wait_for_function("() => !document.querySelector('.steps-open')")
    page.evaluate("document.querySelectorAll('article details').forEach((details) => (details.open = true))")
    assert page.evaluate(SMALL) == []


# --- a slow line -----------------------------------------------------------------------------


def test_the_first_output_comes_with_a_progress_that_moves(open_page, own_site):
    """On a slow line the reader sees, below the cell, how far it is: no long time without a change."""
    own_site.slow(4_000_000)
    page = open_page(PAGE, site=own_site.address, **PHONE)
    page.evaluate("""() => {
        const live = document.querySelector("[data-cell='1'] [data-output=live]");
        window.seen = [];
        new MutationObserver(() => {
            const text = live.innerText.trim();
            if (text !== window.seen.at(-1)) window.seen.push(text);
        }).observe(live, {childList: true, characterData: true, subtree: true, attributes: true});
    }""")
    tap(page, "Run", cell(page, 1))
    assert finish(page, 1) == "done"
    seen = page.evaluate("window.seen")
    shown = [float(found[1]) for text in seen if (found := re.search(r"([\d.]+) of [\d.]+ MB", text))]
    assert len(shown) > 30
    steps = [after - before for before, after in itertools.pairwise(shown) if after > before]
    assert max(steps) < 1
    assert any("Starting Python" in text for text in seen)


def test_a_first_visit_asks_for_nothing_that_it_does_not_need(open_page, own_site):
    """Reading asks for the page's own files; a run for Python's; nothing asks for the guide to save."""
    page = open_page(PAGE, site=own_site.address, **PHONE)
    page.wait_for_load_state("networkidle")
    reading = list(own_site.asked)
    tap(page, "Run", cell(page, 1))
    assert finish(page, 1) == "done"
    running = own_site.asked[len(reading) :]
    assert not [
        path for path in reading if re.search(r"\.(wasm|snapshot|whl|zip)|/chunks/(?!chunk-)|/worker-", path)
    ]
    for path in reading + running:
        assert not re.search(r"service-worker|offline|searchindex|/lite/(?!static/pyodide-)|\.zip", path), (
            path
        )
    assert len(running) == len(set(running))


PRACTICE = pages_with("practice_server")


def test_the_practice_server_asks_for_its_script_alone(open_page, own_site):
    """A cell that waits for the practice server starts the service worker, which downloads nothing else."""
    page = open_page(PRACTICE[0], site=own_site.address, **PHONE)
    number = int(
        page.locator('.cell[data-runs="browser"]', has_text="practice_server").first.get_attribute(
            "data-cell"
        )
    )
    tap(page, "Run", cell(page, number))
    assert finish(page, number) in ENDED
    for path in own_site.asked:
        assert not re.search(r"offline|searchindex|\.ipynb", path), path
    assert len([path for path in own_site.asked if "service-worker" in path]) <= 2  # asked, and checked once


# --- memory ----------------------------------------------------------------------------------

# The tab is hidden, as far as the page knows: `leave(true)`.
HIDDEN = """
    Object.defineProperty(document, "hidden", {get: () => window.away ?? false});
    window.leave = (away) => {
        window.away = away;
        document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
    };
"""


def test_a_page_has_one_python_at_a_time(phone):
    """Run, Restart and Stop by force leave one worker, however often."""
    run(phone, 1)
    finish(phone, 1)
    for _ in range(2):
        tap(phone, "Restart")
        phone.wait_for_function(f"() => {KERNEL} === 'ready'")
        assert len(phone.workers) == 1


def test_python_is_given_back_in_the_background(open_page):
    """After long the worker ends; the page says so on return, and Run starts one, with the cells before."""
    page = open_page(PAGE, init_script=HIDDEN, before=lambda page: page.clock.install(), **PHONE)
    needing = page.locator('.cell[data-runs="browser"][data-needs="1"]').first
    number = int(needing.get_attribute("data-cell"))
    run(page, 1)
    assert finish(page, 1) == "done"
    page.evaluate("leave(true)")
    page.clock.fast_forward((GIVE_BACK_AFTER_MINUTES - 1) * 60_000)
    assert page.evaluate(KERNEL) == "ready"
    page.clock.fast_forward(60_000)
    page.wait_for_function(f"() => {KERNEL} === 'off'")
    assert page.workers == []
    shown = live_text(cell(page, 1))
    page.evaluate("leave(false)")
    page.locator(".runner-status", has_text="Variables are gone").wait_for()
    assert live_text(cell(page, 1)) == shown
    tap(page, "Run", needing)
    assert finish(page, number) == "done"
    assert "Ran cell 1 first" in needing.inner_text()
    assert len(page.workers) == 1


def test_a_cell_that_runs_in_the_background_is_left_alone(open_page):
    """It goes on, and its variables are there."""
    page = open_page(PAGE, init_script=HIDDEN, before=lambda page: page.clock.install(), **PHONE)
    target = run(page, 1, "import asyncio\nprint('begun')\nawait asyncio.sleep(3600)")
    target.locator('[data-output="live"] pre', has_text="begun").wait_for()
    page.evaluate("leave(true)")
    page.clock.fast_forward(GIVE_BACK_AFTER_MINUTES * 60_000)
    page.evaluate("leave(false)")
    assert page.evaluate(KERNEL) == "ready"
    assert target.get_attribute("data-state") == "running"
