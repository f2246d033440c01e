"""The definition of a term is at hand: mouse, keyboard, touch, screen reader, no script."""

import pytest

PAGE = "notebooks/threads.html"
TERM = "a.term:has-text('pool')"
TIP = ".term-definition"
WORDS = "A number of workers that are started once"


def test_hover_shows_the_definition_and_it_can_be_pointed_at(open_page):
    """It stays while the mouse is on the link or on the definition, and goes with it."""
    page = open_page(PAGE)
    tip = page.locator(TIP)
    assert not tip.is_visible()
    page.locator(TERM).first.hover()
    tip.wait_for()
    assert WORDS in tip.text_content()
    tip.hover()
    page.wait_for_function("() => document.querySelector('.term-definition:hover')")
    assert tip.is_visible()
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden")


def test_focus_shows_it_and_escape_hides_it(open_page):
    """Escape leaves the focus where it was."""
    page = open_page(PAGE)
    page.locator(TERM).first.focus()
    page.locator(TIP).wait_for()
    page.keyboard.press("Escape")
    page.locator(TIP).wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('a.term')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reference/glossary.html#term-pool")


def test_the_first_tap_shows_it_and_the_second_follows_the_link(open_page):
    """A finger cannot hover."""
    page = open_page(PAGE, has_touch=True, viewport={"width": 360, "height": 740})
    term = page.locator(TERM).first
    term.tap()
    page.locator(TIP).wait_for()
    assert page.url.endswith(PAGE)
    box = page.locator(TIP).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.evaluate("document.body.clientWidth")
    page.locator("article h2").first.tap(position={"x": 5, "y": 5})
    page.locator(TIP).wait_for(state="hidden")
    term.tap()
    page.locator(TIP).wait_for()
    term.tap()
    page.wait_for_url("**/reference/glossary.html#term-pool")


def test_a_screen_reader_gets_it_as_the_link_s_description(open_page):
    """It is read once: what is shown beside the link is hidden from it."""
    page = open_page(PAGE)
    page.wait_for_selector("a.term[aria-description]")
    term = page.locator(TERM).first
    assert WORDS in term.get_attribute("aria-description")
    assert term.get_attribute("title") is None
    assert page.locator(TIP).get_attribute("aria-hidden") == "true"


@pytest.mark.parametrize("name", [PAGE, "reference/glossary.html"])
def test_without_javascript_it_is_a_link_with_a_title(open_page, name):
    """And the glossary needs no script at all."""
    page = open_page(name, java_script_enabled=False)
    if name == PAGE:
        assert WORDS in page.locator(TERM).first.get_attribute("title")
        page.locator(TERM).first.click()
    assert WORDS in page.locator("#term-pool ~ dd, dt:has(#term-pool) + dd").first.text_content()
