"""Tasks that outlive their cell: the cell says which go on, stops them alone, and tells how they end."""

import pytest

from tools import browser
from tools.browser import cell, edit, finish, live_text, run, wait_for_state, wait_for_text

from .conftest import BROWSERS, PAGE

# Two tasks that go on until they are stopped, or told to end.
TWO = """\
import asyncio
ended, go_on = [], True
async def tick(n):
    try:
        while go_on:
            await asyncio.sleep(0.02)
    finally:
        ended.append(n)
tasks = [asyncio.create_task(tick(n), name=f"tick-{n}") for n in (1, 2)]
"""
LATE = """\
import asyncio
go = asyncio.Event()
async def late():
    await go.wait()
    print("late")
t = asyncio.create_task(late())
"""
GO_ON = "2 tasks go on: tick-1 and tick-2."


def edit_and_run(page, number, code):
    """The state in which the code ended, and what it printed."""
    state, text = browser.edit_and_run(page, number, code)
    return state, text.strip()


def offer(page, number, name="Stop"):
    """The button beside the tasks that go on."""
    return cell(page, number).locator(".run-tasks").get_by_role("button", name=name, exact=True)


def goes_on(page, number):
    """What the cell says of tasks that go on."""
    return cell(page, number).locator(".run-tasks").inner_text()


def run_on(page, number, code):
    """Run code that leaves tasks."""
    assert edit_and_run(page, number, code)[0] == "ongoing"


@pytest.mark.parametrize("kind", BROWSERS)
def test_stop_ends_the_tasks_of_one_cell(open_page, kind):
    """Those of another cell go on, and so does Python: variables are kept."""
    page = open_page(PAGE, before=BROWSERS[kind])
    run_on(page, 1, TWO)
    assert GO_ON in goes_on(page, 1)
    assert "printed nothing" not in cell(page, 1).inner_text()
    run_on(page, 2, "other = asyncio.create_task(asyncio.sleep(600), name='other')")
    assert "1 task goes on: other." in goes_on(page, 2)
    offer(page, 1).focus()
    page.keyboard.press("Enter")
    assert wait_for_state(page, 1, "stopped") == "stopped"
    assert "Stopped 2 tasks that went on." in cell(page, 1).inner_text()
    assert goes_on(page, 1) == ""
    assert page.evaluate("document.activeElement.textContent") == "Run"
    state, text = edit_and_run(page, 3, "print(sorted(ended), [t.cancelled() for t in tasks], other.done())")
    assert (state, text) == ("done", "[1, 2] [True, True] False")
    assert wait_for_state(page, 2, "ongoing")
    offer(page, 2).click()
    assert wait_for_state(page, 2, "stopped")


def test_a_cell_whose_tasks_end_is_done(either_page):
    """Its output goes on to be its own; that it printed nothing is said only if it is so."""
    run_on(either_page, 1, TWO)
    assert edit_and_run(either_page, 2, "go_on = False")[0] == "done"
    assert wait_for_state(either_page, 1, "done")
    assert "The cell printed nothing." in cell(either_page, 1).inner_text()
    run_on(either_page, 1, LATE)
    assert edit_and_run(either_page, 2, "go.set()")[0] == "done"
    assert wait_for_state(either_page, 1, "done")
    assert live_text(cell(either_page, 1)).strip() == "late"
    assert "printed nothing" not in cell(either_page, 1).inner_text()


def test_a_callback_is_no_task(either_page):
    """It belongs to its cell, and what it prints takes the place of "printed nothing"."""
    code = (
        "import asyncio\nfuture = asyncio.get_running_loop().create_future()\n"
        "future.add_done_callback(lambda _: print('called back'))"
    )
    assert edit_and_run(either_page, 1, code) == ("done", "")
    assert "The cell printed nothing." in cell(either_page, 1).inner_text()
    assert edit_and_run(either_page, 2, "future.set_result(1)")[0] == "done"
    wait_for_text(either_page, 1, "called back")
    assert "printed nothing" not in cell(either_page, 1).inner_text()
    make = "lambda: asyncio.create_task(asyncio.sleep(600))"
    edit_and_run(either_page, 1, f"timer = asyncio.get_running_loop().call_later(0.2, {make})")
    assert wait_for_state(either_page, 1, "ongoing")


FAILS = {
    "forgotten": "asyncio.create_task(fail())",
    "kept": "kept = asyncio.create_task(fail())",
    "of another context": "import contextvars as v\nkept = asyncio.create_task(fail(), context=v.Context())",
}


@pytest.mark.parametrize("how", FAILS)
def test_a_task_that_fails_is_told_in_its_cell(page, how):
    """Whether or not somebody keeps it; the cell has ended with an error then."""
    code = LATE.replace('print("late")', 'raise ValueError("no route")')
    code = code.replace("late", "fail").rpartition("t = ")[0]
    run_on(page, 1, code + FAILS[how] + "\nNone")
    assert edit_and_run(page, 2, "go.set()")[0] == "done"
    assert wait_for_state(page, 1, "error")
    text = live_text(cell(page, 1))
    assert "never retrieved" in text
    assert "ValueError: no route" in text
    assert "pyodide" not in text.lower()
    assert "ValueError" not in live_text(cell(page, 2))


def test_an_error_that_another_cell_handles_is_none(page):
    """It asks for the result, as it may."""
    run_on(page, 1, LATE.replace('print("late")', "1 / 0"))
    code = (
        "go.set()\nawait asyncio.sleep(0.5)\ntry:\n    await t\n"
        "except ZeroDivisionError:\n    await asyncio.sleep(0.5)\n    print('handled')"
    )
    assert edit_and_run(page, 2, code) == ("done", "handled")
    assert wait_for_state(page, 1, "done")
    assert "Error" not in live_text(cell(page, 1))


def test_a_second_run_offers_to_stop_the_tasks_of_the_first(either_page):
    """It runs at once; the earlier tasks have a button of their own, and a name beside what they print."""
    page = either_page
    run_on(page, 1, TWO)
    edit(
        page,
        1,
        TWO.replace("ended, go_on", "go_on2").replace("[], True\n", "True\n") + "await asyncio.sleep(0)",
    )
    cell(page, 1).get_by_role("button", name="Run", exact=True).click()
    assert finish(page, 1) == "ongoing"
    assert "2 tasks of an earlier run go on: tick-1 and tick-2." in goes_on(page, 1)
    assert GO_ON in goes_on(page, 1)
    offer(page, 1, "Stop the earlier tasks").click()
    page.wait_for_function(
        "() => !document.querySelector('#cell-1 .run-tasks').textContent.includes('earlier')"
    )
    assert wait_for_state(page, 1, "ongoing")
    assert edit_and_run(page, 2, "print(ended, [t.done() for t in tasks])") == (
        "done",
        "[1, 2] [False, False]",
    )


def test_what_earlier_tasks_print_is_marked(page):
    """It belongs to the cell, but not to the run that the cell shows."""
    run_on(page, 1, LATE)
    assert edit_and_run(page, 1, "print('new')") == ("done", "new")
    edit_and_run(page, 2, "go.set()")
    wait_for_text(page, 1, "late")
    assert cell(page, 1).locator(".stream-name").inner_text() == "an earlier run"


def test_restart_ends_them(page):
    """The page says so, and nothing of theirs stays."""
    run_on(page, 1, TWO)
    page.get_by_role("button", name="Restart", exact=True).click()
    assert wait_for_state(page, 1, "stopped")
    assert "ended with Python" in cell(page, 1).inner_text()
    assert goes_on(page, 1) == ""
    assert edit_and_run(page, 1, "print('tasks' in globals())") == ("done", "False")


SWALLOWS = """\
import asyncio
heard = []
async def deaf():
    while True:
        try:
            await asyncio.sleep({seconds})
        except asyncio.CancelledError:
            heard.append(1)
kept = [asyncio.create_task(deaf(), name="deaf")]
"""


@pytest.mark.parametrize("seconds", ["600", "0"])
def test_a_task_that_swallows_cancellation_is_interrupted(either_page, seconds):
    """The cell says so; another press raises KeyboardInterrupt where the task is. Variables stay."""
    page = either_page
    run_on(page, 1, SWALLOWS.format(seconds=seconds))
    offer(page, 1).click()
    said = "1 task goes on although cancelled: deaf. Press Stop again to raise KeyboardInterrupt there."
    cell(page, 1).get_by_text(said).wait_for()
    offer(page, 1).click()
    assert wait_for_state(page, 1, "stopped", "error")
    state, text = edit_and_run(page, 2, "print(heard, type(kept[0].exception()).__name__)")
    assert (state, text) == ("done", "[1] KeyboardInterrupt")


@pytest.mark.parametrize("seconds", ["600", "0"])
def test_a_cell_that_swallows_cancellation_is_interrupted(either_page, seconds):
    """Before Python is ended KeyboardInterrupt is tried: variables stay."""
    page = either_page
    code = SWALLOWS.format(seconds=seconds).replace(
        'kept = [asyncio.create_task(deaf(), name="deaf")]', "print('begins')\nawait deaf()"
    )
    run(page, 1, code)
    wait_for_text(page, 1, "begins")
    stop = cell(page, 1).get_by_role("button", name="Stop", exact=True)
    stop.click()
    cell(page, 1).get_by_text("Press Stop again to raise KeyboardInterrupt").wait_for()
    stop.click()
    assert wait_for_state(page, 1, "stopped", "error") == "stopped"
    assert "Python raised KeyboardInterrupt in line" in cell(page, 1).inner_text()
    assert edit_and_run(page, 2, "print(heard)") == ("done", "[1]")


def test_a_task_that_begins_to_compute_is_interrupted(either_page):
    """No cell runs, and no message is heard: Stop reaches it all the same."""
    page = either_page
    code = (
        "import asyncio\nasync def busy():\n    await asyncio.sleep(0.1)\n    print('computes')\n"
        "    while True:\n        pass\nt = asyncio.create_task(busy())"
    )
    run_on(page, 1, code)
    wait_for_text(page, 1, "computes")
    offer(page, 1).click()
    assert wait_for_state(page, 1, "stopped", "error")
    assert edit_and_run(page, 2, "print(type(t.exception()).__name__)") == ("done", "KeyboardInterrupt")


def test_tasks_that_start_tasks_for_ever(either_page):
    """Stop ends them all, also those that are made meanwhile."""
    page = either_page
    code = """\
import asyncio
made = 0
async def again(n):
    global made
    made += 1
    await asyncio.sleep(0.01)
    keep.append(asyncio.create_task(again(n)))
keep = [asyncio.create_task(again(n)) for n in range(2000)]
"""
    run_on(page, 1, code)
    assert "tasks go on: " in goes_on(page, 1)
    assert "more" in goes_on(page, 1)
    offer(page, 1).click()
    assert wait_for_state(page, 1, "stopped")
    state, text = edit_and_run(page, 2, "before = made\nawait asyncio.sleep(0.3)\nprint(before == made)")
    assert (state, text) == ("done", "True")


def test_what_cannot_go_on(page):
    """asyncio.run and virtual time cancel what is left; a group waits for its own."""
    main = (
        "import asyncio\nasync def main():\n"
        "    t = asyncio.create_task(asyncio.sleep(600))\n    await asyncio.sleep(0)\n"
    )
    assert edit_and_run(page, 1, main + "asyncio.run(main())")[0] == "done"
    assert goes_on(page, 1) == ""
    failed = edit_and_run(page, 1, main + "await main()\nraise ValueError")
    assert failed[0] == "error"
    assert "1 task goes on" in goes_on(page, 1)
    assert edit_and_run(page, 2, "print('next')") == ("done", "next")


def test_run_all_goes_past_tasks_that_go_on(page):
    """A cell that has left tasks has ended well."""
    run_on(page, 1, TWO)
    page.get_by_role("button", name="Run all", exact=True).click()
    assert finish(page, 1) == "ongoing"
    assert finish(page, 2) in ("done", "ongoing", "error")
