"""Edit for real: names from Python, undo, copies, edits that stay, and links that carry code."""

import re

import pytest

from tools.browser import cell, edit, finish, live_text, run

from .conftest import PAGE

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
CLIPBOARD_TEXT = "() => navigator.clipboard.readText()"


@pytest.fixture
def page(open_page):
    """A page with cells, and a clipboard."""
    return open_page(PAGE, **CLIPBOARD)


def editor(page):
    """The code in the editor of cell 1, as lines."""
    return cell(page, 1).locator(".cm-line").all_inner_texts()


def edit_again(page):
    """Open the editor of cell 1 with the cursor at the end."""
    cell(page, 1).get_by_role("button", name="Edit", exact=True).click()
    page.keyboard.press("ControlOrMeta+End")


def test_python_completes_a_name_and_tab_and_escape_keep_their_work(page):
    """Ctrl+Space lists what Python knows; Tab takes it, else indents; Escape closes the list, then leaves."""
    run(page, 1, "import asyncio\nvalue = {'a': 1}\n")
    finish(page, 1)
    edit(page, 1, "asyncio.slee")
    edit_again(page)
    page.keyboard.press("Control+Space")
    options = cell(page, 1).get_by_role("option")
    options.first.wait_for()
    assert "sleep" in options.all_inner_texts()
    page.keyboard.press("Tab")
    assert editor(page) == ["asyncio.sleep"]
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert editor(page) == ["    asyncio.sleep"]
    page.keyboard.press("End")
    page.keyboard.insert_text("\nval")
    page.keyboard.type("u")  # typing opens the list by itself
    options.first.wait_for()
    assert "value" in options.all_inner_texts()
    page.keyboard.press("Enter")  # nothing was chosen: a new line
    assert len(editor(page)) == 3
    page.keyboard.type("value.ke")
    options.first.wait_for()
    page.keyboard.press("Escape")
    options.first.wait_for(state="detached")
    inside = "!!document.activeElement.closest('.cm-editor')"
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    assert not page.evaluate(inside)


def test_the_editor_is_no_keyboard_trap(page):
    """After Escape, Tab and Shift+Tab go through the editor; who types in it indents with Tab again."""
    target = edit(page, 1, "mine = 1")
    inside = "!!document.activeElement.closest('.cm-editor')"
    focused = "document.activeElement.textContent.trim()"

    def go(key, until):
        """Press a key at most as often as there are stops between Edit and Copy."""
        for _ in range(4):
            if page.evaluate(focused) == until:
                break
            page.keyboard.press(key)
        return page.evaluate(focused)

    assert go("Tab", "Copy") == "Copy"
    assert go("Shift+Tab", "Edit") == "Edit"
    assert editor(page) == ["mine = 1"]
    target.locator(".cm-content").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert page.evaluate(inside)
    assert editor(page) == ["    mine = 1"]


def test_undo_goes_back_and_shift_enter_runs(page):
    """The editor has a history, and Shift+Enter runs what it shows."""
    edit(page, 1, "print('one')")
    edit_again(page)
    page.keyboard.type("  # more")
    page.keyboard.press("ControlOrMeta+z")
    page.keyboard.press("Shift+Enter")
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "one\n"


def test_the_editor_colors_keywords_like_the_page(page):
    """`async` is a keyword to Pygments, and so it is in the editor."""
    edit(page, 1, "async def main():\n    await other()")
    assert cell(page, 1).locator(".cm-line .k").all_inner_texts() == ["async", "def", "await"]


def test_copy_copies_the_edited_code(page):
    """What the reader sees is what they get."""
    target = edit(page, 1, "print('mine')")
    target.get_by_role("button", name="Copy", exact=True).click()
    target.get_by_text("Copied.").wait_for()
    assert page.evaluate(CLIPBOARD_TEXT) == "print('mine')"


def test_an_edit_survives_a_reload_and_undoes_with_reset(page):
    """The edit is offered again on the next visit; nothing runs by itself."""
    edit(page, 1, "print('kept')")
    page.reload()
    target = cell(page, 1)
    target.get_by_role("button", name="Restore your edit").click()
    target.locator(".cm-content").wait_for()
    assert editor(page) == ["print('kept')"]
    target.get_by_role("button", name="Reset").click()
    page.reload()
    target.get_by_role("button", name="Run", exact=True).wait_for()
    assert target.get_by_role("button", name="Restore your edit").count() == 0


def shared_link(page, code):
    """The link that a reader gets for an edit of cell 1."""
    target = edit(page, 1, code)
    target.get_by_role("button", name="Copy link").click()
    target.get_by_text("Copied a link").wait_for()
    return page.evaluate(CLIPBOARD_TEXT)


def test_a_link_carries_code_that_runs_only_when_the_reader_agrees(page, open_page):
    """Another reader sees the code and who it is from; Run and Run all ask first."""
    link = shared_link(page, "print('from afar', 6 * 7)")
    other = open_page(link[link.index("notebooks/") :], **CLIPBOARD)
    target = cell(other, 1)
    target.get_by_text("This code came with the link that you opened").wait_for()
    assert editor(other) == ["print('from afar', 6 * 7)"]
    other.get_by_role("button", name="Run all").click()
    target.get_by_text("This code came with a link, and it is not the guide's. Run it?").wait_for()
    target.get_by_role("button", name="Run", exact=True).click()
    assert target.get_attribute("data-state") == "idle"
    assert other.locator('[data-state="done"], [data-state="running"], [data-state="starting"]').count() == 0
    target.get_by_role("button", name="Run the code from the link").click()
    assert finish(other, 1) == "done"
    assert live_text(target) == "from afar 42\n"
    assert other.url.endswith("#cell-1")
    other.reload()
    target.get_by_role("button", name="Restore your edit").wait_for()


def test_a_link_does_not_touch_the_readers_own_edit(page, open_page):
    """The stored edit is still offered, and the published code is one click away."""
    link = shared_link(page, "print('theirs')")
    edit(page, 1, "print('my own')")
    page.goto("about:blank")
    page.goto(link)
    target = cell(page, 1)
    target.get_by_text("This code came with the link").wait_for()
    target.get_by_role("button", name="Use the published code").click()
    assert "print('theirs')" not in target.locator(".cell_input").inner_text()
    target.get_by_role("button", name="Restore your edit").click()
    target.locator(".cm-line").first.wait_for()
    assert editor(page) == ["print('my own')"]


def test_a_link_made_from_older_code_says_so(page, open_page):
    """The fingerprint in the link is of the code it was made from."""
    link = shared_link(page, "print('old')")
    stale = re.sub(r"=[0-9a-f]+\.", "=1234.", link)
    other = open_page(stale[stale.index("notebooks/") :])
    cell(other, 1).get_by_text("The published code has changed since the link was made.").wait_for()


@pytest.mark.parametrize("broken", ["#cell-1=12.AAAA", "#cell-1=<script>", "#cell-1=" + "A" * 200_000])
def test_a_broken_link_leaves_the_published_code(open_page, broken):
    """A link that was cut off, or is hostile: one sentence, and the page as it is."""
    page = open_page(PAGE + broken)
    target = cell(page, 1)
    target.get_by_text("The code in this link could not be read.").wait_for()
    assert target.locator(".cell_input pre").is_visible()
    run(page, 1)
    assert finish(page, 1) == "done"
