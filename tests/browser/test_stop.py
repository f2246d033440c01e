"""Stop ends a cell that computes, and its variables stay; no shared memory is needed."""

import pytest

from tools.browser import cell, edit_and_run, wait_for_state

from .conftest import BROWSERS, PAGE

BUSY = {
    "loop": "turns = 0\nwhile True:\n    turns += 1",
    "function": "turns = 0\ndef work():\n    global turns\n"
    "    for turns in range(10**12):\n        pass\nwork()",
    "sleep": "import time\nturns = 1\ntime.sleep(600)",
    "task": "import asyncio\nturns = 0\n"
    "async def compute():\n    global turns\n    while True:\n        turns += 1\n"
    "async with asyncio.TaskGroup() as group:\n"
    "    group.create_task(asyncio.sleep(600))\n    group.create_task(compute())",
    "callbacks": "import asyncio\nturns = 0\nloop = asyncio.get_running_loop()\n"
    "while True:\n    loop.call_soon(int)\n    turns += 1",
    "finally": "turns = 0\ntry:\n    while True:\n        turns += 1\nfinally:\n    print('cleaned up')",
}

STUBBORN = """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
FOR_A_SECOND = "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end:\n    pass"


def start_and_stop(page, code, when="begins"):
    """Run `code` as cell 1, press Stop once it has printed `when`, and return what the page says."""
    target = cell(page, 1)
    edit = target.get_by_role("button", name="Edit", exact=True)
    if not target.locator(".cm-content").count():
        edit.click()
    target.locator(".cm-content").fill(f"print('begins')\n{code}")
    target.get_by_role("button", name="Run", exact=True).click()
    target.locator('[data-output="live"] .cell_output').get_by_text(when).wait_for()
    target.get_by_role("button", name="Stop", exact=True).click()
    assert wait_for_state(page, 1, "stopped", "error", "done") == "stopped"
    return target.locator('[data-output="live"]').inner_text()


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_busy_cell_is_interrupted_and_keeps_its_variables(open_page, kind):
    """KeyboardInterrupt is raised where the cell computes; test_boots.py has the other starts."""
    page = open_page(PAGE, before=BROWSERS[kind])
    for name, code in BUSY.items():
        said = start_and_stop(page, code)
        assert "Python raised KeyboardInterrupt" in said, name  # at once, or when a cancellation did not help
        assert ("cleaned up" in said) == (name == "finally"), name
        state, text = edit_and_run(page, 1, "print('turns', turns > 0)")
        assert (state, "turns True" in text) == ("done", True), (name, text)


MANY = """\
import asyncio
ended = 0
async def work():
    global ended
    try:
        while True:
            await asyncio.sleep(0)
    finally:
        ended += 1
async with asyncio.TaskGroup() as group:
    for _ in range(5_000):
        group.create_task(work())
    await asyncio.sleep(0)
    print("all started")
"""


@pytest.mark.parametrize("kind", BROWSERS)
def test_thousands_of_tasks_are_cancelled(open_page, kind):
    """The browser has its turn between two turns of Python's loop, however many tasks take part."""
    page = open_page(PAGE, before=BROWSERS[kind])
    said = start_and_stop(page, MANY, when="all started")
    assert "by force" not in said
    state, text = edit_and_run(page, 1, "print('ended', ended)")
    assert (state, "ended 5000" in text) == ("done", True), text


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_cell_that_will_not_end_is_ended_by_force(open_page, kind):
    """It swallows the interrupt: Python is ended, a fresh one starts, and the page says so."""
    page = open_page(PAGE, before=BROWSERS[kind])
    said = start_and_stop(page, STUBBORN)
    assert "Stopped by force" in said
    state, text = edit_and_run(page, 1, "print('alive')")
    assert (state, "alive" in text) == ("done", True)


def test_an_interrupt_ends_only_the_run_it_was_meant_for(open_page):
    """Code that computes for long in a later run is left alone."""
    page = open_page(PAGE)
    start_and_stop(page, BUSY["loop"])
    state, _ = edit_and_run(page, 1, FOR_A_SECOND)
    assert state == "done"
