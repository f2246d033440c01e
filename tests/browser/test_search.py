"""The search answers: what people ask leads to where the guide says it, and nothing is fetched before."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tools.browser import SITE, cell

from .conftest import PAGE, assert_axe_finds_nothing, text_of

INDEX = json.loads((SITE / "_static" / "overlap" / "search.json").read_text(encoding="utf8"))
ENTRIES = INDEX["entries"]
QUESTIONS = tomllib.loads(Path(__file__).with_name("search_questions.toml").read_text(encoding="utf8"))[
    "question"
]
OF_SEARCH = re.compile(r"/_static/overlap/search\.js")

# Type into the dialog's field, wait until what it found is shown, and return the kinds and addresses.
ASK = """async (words) => {
    const list = document.querySelector("dialog [data-search-results]");
    const shown = new Promise((done) => new MutationObserver((_, o) => { o.disconnect(); done(); })
        .observe(list, { childList: true }));
    list.replaceChildren(document.createElement("li"));  // so that an equal list is a change, too
    await shown;
    const answered = new Promise((done) => new MutationObserver((_, o) => { o.disconnect(); done(); })
        .observe(list, { childList: true }));
    const field = document.querySelector("dialog input");
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await answered;
    return [...list.children].map((item) => [item.dataset.kind, item.querySelector("a").href]);
}"""


@pytest.fixture
def ask(open_page, site):
    """Open the search and ask it; what it finds: kinds, and addresses from the site's root."""
    page = open_page(PAGE)
    page.keyboard.press("/")

    def ask_(words):
        return [(kind, href.removeprefix(site)) for kind, href in page.evaluate(ASK, words)]

    ask_.page = page
    return ask_


def answers(address, question):
    """Whether an address is one of a question's answers."""
    return any(
        address.endswith(answer) if answer.startswith("#") else address == answer
        for answer in question["answers"]
    )


def test_what_people_ask_is_answered_within_three_results(ask):
    """19 of 20 at least, and no wrong claim stands before an answer."""
    assert len(QUESTIONS) == 20
    missed, after_a_myth = [], []
    for question in QUESTIONS:
        found = ask(question["words"])
        place = next((n for n, (_, address) in enumerate(found) if answers(address, question)), None)
        if place is None or place > 2:
            missed.append((question["words"], found[:3]))
        elif "myth" in [kind for kind, _ in found[:place]]:
            after_a_myth.append(question["words"])
    assert len(missed) <= 1, missed
    assert after_a_myth == []


def test_the_answers_of_the_questions_exist():
    """An anchor that is gone would count as one miss, and hide another."""
    known = [entry["at"] for entry in ENTRIES]
    for question in QUESTIONS:
        assert [at for at in known if answers(at, question)], question["words"]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("taskgruop", "#asyncio.TaskGroup"),
        ("asynco.gather", "#asyncio.gather"),
        ("semafore", "semaphore"),
        ("deadlok", "#term-deadlock"),
        ("corutine was nevre awaited", "#the-coroutine-never-ran"),
        ("ProcesPoolExecutor", "#concurrent.futures.ProcessPoolExecutor"),
    ],
)
def test_typing_errors_are_forgiven(ask, words, address):
    """What was meant is among the first three."""
    assert [at for _, at in ask(words)[:3] if at.lower().endswith(address.lower())]


@pytest.mark.parametrize(
    ("words", "kind", "address"),
    [
        ("asyncio.wait_for", "call", "#asyncio.wait_for"),
        ("create_task", "call", "#asyncio.create_task"),
        ("backpressure", "term", "#term-backpressure"),
        ("ThreadPoolExecutor", "call", "#concurrent.futures.ThreadPoolExecutor"),
    ],
)
def test_a_name_leads_to_its_own_row_or_term(ask, words, kind, address):
    """First, and to its own anchor."""
    first_kind, first = ask(words)[0]
    assert first_kind == kind
    assert first.endswith(address)


def test_a_wrong_claim_is_never_first_and_comes_with_the_truth(ask):
    """Not even for whoever types the claim."""
    myths = [entry for entry in ENTRIES if entry["kind"] == "myth"]
    assert len(myths) > 30
    for myth in myths:
        found = ask(myth["title"])
        assert found[0][0] != "myth", myth["title"]
        assert ("myth", myth["at"]) in found[:4], myth["title"]
    shown = ask.page.locator('dialog li[data-kind="myth"]').first
    assert shown.inner_text().startswith("Myth: “")
    assert len(shown.locator(".search-text").inner_text()) > 20


def test_every_entry_has_an_anchor_that_exists():
    """Also rows of tables, whose anchors are made for it."""
    kinds = {entry["kind"] for entry in ENTRIES}
    assert kinds == {"page", "section", "mistake", "symptom", "call", "change", "term", "myth"}
    for entry in ENTRIES:
        name, _, anchor = entry["at"].partition("#")
        assert not anchor or f'id="{anchor}"' in text_of(name), entry["at"]


def test_nothing_is_fetched_before_the_search_is_opened(open_page):
    """Then the script and the index, once."""
    page = open_page(PAGE)
    page.wait_for_load_state("networkidle")
    assert [url for url in page.watched.requests if OF_SEARCH.search(url)] == []
    page.keyboard.press("ControlOrMeta+k")
    page.locator("dialog input").fill("gather")
    page.locator("dialog .search-results a").first.wait_for()
    page.locator("dialog input").fill("gathers")
    page.locator("dialog .search-results a").first.wait_for()
    asked = [url.rpartition("/")[2] for url in page.watched.requests if OF_SEARCH.search(url)]
    assert asked == ["search.js", "search.json"]


def test_a_slash_is_text_where_text_is_typed(open_page):
    """In a cell that is edited and in the search's own field; elsewhere it opens the search."""
    page = open_page(PAGE)
    dialog = page.locator("#search-dialog")
    cell(page, 1).get_by_role("button", name="Edit", exact=True).click()
    editor = cell(page, 1).locator(".cm-content")
    editor.click()
    page.keyboard.press("/")
    assert not dialog.is_visible()
    assert "/" in editor.inner_text()
    page.locator("h1").click()
    editor.evaluate("editor => editor.blur()")
    page.keyboard.press("/")
    assert dialog.is_visible()
    page.keyboard.type("i/o")
    assert dialog.locator("input").input_value() == "i/o"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_enter_opens_the_first_result_and_the_words_are_marked(ask):
    """With the keyboard alone, to a row of a table."""
    ask("asyncio.wait_for")
    first = ask.page.locator("dialog .search-results li").first
    assert "wait_for" in first.locator("mark").all_inner_texts()
    ask.page.locator("dialog input").focus()
    ask.page.keyboard.press("Enter")
    ask.page.wait_for_url("**/reference/asyncio.html#asyncio.wait_for")


def test_who_comes_back_to_the_search_page_finds_the_results_again(open_page):
    """What was typed is in the address."""
    page = open_page("search.html")
    page.locator("main").get_by_role("searchbox").fill("thread pool")
    page.locator("main .search-results a").first.click()
    page.wait_for_url(lambda url: "search.html" not in url)
    page.go_back()
    page.wait_for_url("**/search.html?q=thread+pool")
    page.locator("main .search-results a").first.wait_for()
    assert page.locator("main").get_by_role("searchbox").input_value() == "thread pool"


@pytest.mark.parametrize("file", ["search.js", "search.json"])
def test_what_did_not_arrive_is_fetched_again(open_page, file):
    """The reader is told, and types on."""
    page = open_page(PAGE)
    page.watched.expect("console error")
    page.context.route(f"**/{file}*", lambda route: route.abort())
    page.keyboard.press("/")
    page.keyboard.type("gat")
    page.locator("dialog").get_by_text("Check the connection").wait_for()
    page.context.unroute(f"**/{file}*")
    page.keyboard.type("her")
    page.locator("dialog .search-results a").first.wait_for()


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_in_the_open_search(open_page, width):
    """Light and dark, with results of every kind that has a look of its own."""
    page = open_page(PAGE, viewport={"width": width, "height": 740}, reduced_motion="reduce")
    page.keyboard.press("/")
    page.keyboard.type("gather")
    page.locator('dialog li[data-kind="myth"]').first.wait_for()
    assert_axe_finds_nothing(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    dialog = page.locator("#search-dialog")
    assert dialog.evaluate("dialog => dialog.scrollWidth - dialog.clientWidth") <= 0


def test_without_javascript_the_search_page_says_where_to_look(open_page):
    """And shows no field that does nothing."""
    page = open_page("search.html", java_script_enabled=False)
    said = page.locator("main noscript p")  # a text in there is none for get_by_text
    assert said.is_visible()
    assert "needs JavaScript" in said.inner_text()
    assert not page.get_by_role("searchbox").first.is_visible()
    links = page.locator("main noscript a").evaluate_all("links => links.map((link) => link.href)")
    assert len(links) == 5
    for link in links:
        assert page.request.get(link).ok
