"""Run, Stop, Reset, Restart, edits and the keyboard, as a reader uses them."""

import json
import re
import subprocess
import sys
import textwrap

import pytest

from tools.browser import cell, edit, finish, live_text, run, wait_for_text

from .conftest import PAGE, SAVE_DATA

WAITING = (
    "import asyncio\n"
    "kept = 'kept'\n"
    "await asyncio.sleep(0.2)\n"  # a press this soon after Run counts as the same press
    "try:\n"
    "    print('waiting', flush=True)\n"
    "    await asyncio.sleep(3600)\n"
    "finally:\n"
    "    print('cleaned up')\n"
)


def test_run_replaces_the_recorded_output(page):
    """The reader's own run takes the recorded output's place and says that it is theirs."""
    target = cell(page, 1)
    recorded = target.locator('[data-output="recorded"]')
    assert recorded.is_visible()
    run(page, 1)
    assert finish(page, 1) == "done"
    assert not recorded.is_visible()
    assert "in this browser" in target.locator('[data-output="live"]').inner_text()
    target.get_by_role("button", name="Show recorded").click()
    assert recorded.is_visible()


def test_start_up_says_what_it_loads_and_how_much(open_page):
    """A first run shows megabytes, not a spinner."""
    page = open_page(PAGE)
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const text = document.querySelector("[data-cell='1'] [data-output=live]").innerText;
                if (text) window.seen.push(text);
            }).observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )
    run(page, 1)
    finish(page, 1)
    said = "\n".join(page.evaluate("window.seen"))
    assert re.search(r"\d+\.\d of \d+\.\d MB", said)


def test_output_streams_as_it_is_printed(either_page):
    """A reader sees the first line while the cell still waits."""
    page = either_page
    run(page, 1, WAITING)
    wait_for_text(page, 1, "waiting")
    assert cell(page, 1).get_attribute("data-state") == "running"
    cell(page, 1).get_by_role("button", name="Stop").click()
    finish(page, 1)


def test_stop_cancels_an_async_cell_and_keeps_variables(either_page):
    """Stop runs the cell's `finally`, and what it defined is still there."""
    page = either_page
    run(page, 1, WAITING)
    wait_for_text(page, 1, "waiting")
    cell(page, 1).get_by_role("button", name="Stop").click()
    assert finish(page, 1) == "stopped"
    assert "cleaned up" in live_text(cell(page, 1))
    run(page, 1, "print(kept)")
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "kept\n"


def test_a_million_lines_are_capped_and_said_to_be(page):
    """A runaway print neither freezes the page nor fills it."""
    run(page, 1, "for number in range(1_000_000):\n    print(number)\n")
    assert finish(page, 1) == "done"
    shown = live_text(cell(page, 1))
    assert shown.startswith("0\n1\n2\n")
    assert len(shown.splitlines()) <= 10_000
    assert "at most 10,000 lines" in cell(page, 1).inner_text()
    assert "990,000 more lines" in cell(page, 1).inner_text()


def test_two_quick_runs_queue(open_page):
    """Run on two cells at once: both finish, in order, each with its own output."""
    page = open_page("notebooks/concurrency-models.html")  # two of its cells need no other
    free = page.locator('[data-runs="browser"][data-needs=""]')
    first, second = (int(free.nth(n).get_attribute("data-cell")) for n in (0, 1))
    edit(page, first, "import asyncio\nawait asyncio.sleep(0.2)\nprint('first')")
    edit(page, second, "print('second')")
    for number in (first, second):
        cell(page, number).get_by_role("button", name="Run", exact=True).click()
    assert finish(page, first) == "done"
    assert finish(page, second) == "done"
    assert (live_text(cell(page, first)), live_text(cell(page, second))) == ("first\n", "second\n")


def test_double_click_on_run_runs_once(page):
    """Two quick clicks on one Run button are one run."""
    target = edit(page, 1, "count = globals().get('count', 0) + 1\nprint(count)")
    target.get_by_role("button", name="Run", exact=True).dblclick()
    assert finish(page, 1) == "done"
    assert live_text(target) == "1\n"


def needing(page):
    """The number of a cell that needs earlier ones, and their numbers."""
    target = page.locator('[data-runs="browser"][data-needs*=" "][data-match="exact"]:not([data-view])').first
    needs = [int(number) for number in target.get_attribute("data-needs").split()]
    return int(target.get_attribute("data-cell")), needs


def test_run_runs_the_cells_it_needs_first_and_says_so(page):
    """Starting in the middle of a page works, and each cell shows its own output."""
    number, needs = needing(page)
    run(page, number)
    assert finish(page, number) == "done"
    listed = ", ".join(map(str, needs[:-1])) + " and " + str(needs[-1])
    assert f"Ran cells {listed} first, which define" in cell(page, number).inner_text()
    for needed in needs:
        assert cell(page, needed).get_attribute("data-state") == "done"
    others = page.locator('[data-state="done"]').count()
    assert others == len(needs) + 1


def test_what_an_edited_cell_needs_comes_from_its_code(either_page):
    """An edit is read for the names it uses: those cells run first, and no others."""
    page = either_page
    number, needs = needing(page)
    edit(page, needs[0], "answer = 42")
    run(page, number, "import asyncio\nawait asyncio.sleep(0)\nprint(answer)")
    assert finish(page, number) == "done"
    assert live_text(cell(page, number)) == "42\n"
    assert f"Ran cell {needs[0]} first, which defines answer." in cell(page, number).inner_text()


def test_the_queue_stops_at_the_first_error_with_a_way_on(page):
    """A needed cell that fails: the cell is not run, names it, and can be run all the same."""
    number, needs = needing(page)
    edit(page, needs[0], "undefined_name\nanswer = 42")
    run(page, number, "print('answer' in globals(), 'answer' and answer)")
    assert finish(page, needs[0]) == "error"
    target = cell(page, number)
    target.get_by_text(f"Not run: cell {needs[0]}, which it needs, ended with an error.").wait_for()
    assert target.get_attribute("data-state") == "idle"
    target.get_by_role("button", name="Run anyway").click()
    assert finish(page, number) == "error"
    assert "NameError: name 'answer' is not defined" in target.inner_text()


KERNEL = "document.documentElement.dataset.kernel"


def python_requests(page):
    """Requests for Python or for the worker that runs it."""
    return [url for url in page.watched.requests if "/lite/" in url or "/overlap/worker-" in url]


def test_moving_the_pointer_over_a_cell_starts_python(page):
    """Pointing at a cell is intent; that the page scrolls under a resting pointer is none."""
    target = cell(page, 1)
    target.scroll_into_view_if_needed()
    assert page.evaluate(KERNEL) == "off"
    target.hover(position={"x": 200, "y": 60})
    target.hover(position={"x": 210, "y": 60})
    page.wait_for_function(f"() => {KERNEL} === 'ready'")
    assert target.get_attribute("data-state") == "idle"


def test_a_cell_that_the_reader_scrolls_to_starts_python(page):
    """Scrolled to by hand and in view for a second. An address that leads to a cell is not enough."""
    page.goto(page.url + "#cell-5")
    cell(page, 5).get_by_role("button", name="Run", exact=True).wait_for()
    page.wait_for_timeout(1500)  # nothing must happen: there is no event to wait for
    assert page.evaluate(KERNEL) == "off"
    page.mouse.move(290, 300)  # the margin of the text: no cell is under the pointer
    page.mouse.wheel(0, 50)
    page.wait_for_function(f"() => {KERNEL} !== 'off'")


def test_save_data_downloads_python_on_a_click_only(open_page):
    """Pointer, focus and scrolling cost nothing where the reader saves data."""
    page = open_page(PAGE, init_script=SAVE_DATA)
    target = cell(page, 1)
    target.hover()
    target.get_by_role("button", name="Run", exact=True).focus()
    page.mouse.wheel(0, 50)
    page.wait_for_timeout(1500)  # nothing must happen
    assert python_requests(page) == []
    run(page, 1)
    assert finish(page, 1) == "done"


def test_the_cost_is_said_before_and_is_what_the_first_run_downloads(open_page):
    """The number next to Run counts what really comes over the wire, within a megabyte."""
    sizes = {}

    def measure(page):
        page.context.on("response", lambda response: sizes.setdefault(response.url, response))

    page = open_page(PAGE, before=measure)
    cost = cell(page, 1).locator(".run-cost")
    said = int(re.search(r"about (\d+) MB, once", cost.inner_text())[1])
    sizes.clear()
    run(page, 1)
    assert finish(page, 1) == "done"
    wire = sum(response.request.sizes()["responseBodySize"] for response in sizes.values())
    assert abs(wire / 1e6 - said) <= 1, (wire, said)
    assert page.locator(".run-cost").count() == 0


def test_a_returning_reader_finds_python_ready(open_page, site):
    """On the next page Python starts by itself, from the files that are here."""
    page = open_page(PAGE)
    run(page, 1)
    assert finish(page, 1) == "done"
    page.goto(site + "running.html")
    page.wait_for_function(f"() => {KERNEL} === 'ready'")
    assert page.locator(".run-cost").count() == 0
    page.get_by_role("button", name="Run all").wait_for()
    assert not page.get_by_role("button", name="Restart").is_visible()


def test_an_error_names_cell_and_line_and_marks_it(either_page):
    """A traceback says where in the reader's own code it happened."""
    page = either_page
    run(page, 1, "x = 1\n\ndef divide(a, b):\n    return a / b\n\ndivide(x, 0)\n")
    assert finish(page, 1) == "error"
    text = cell(page, 1).locator('[data-output="live"]').inner_text()
    assert "ZeroDivisionError: division by zero" in text
    assert "cell 1, line 4" in text
    assert "site-packages" not in text
    assert ".py" not in text


def test_reset_restores_source_and_recorded_output(page):
    """After an edit, Reset brings the published cell back."""
    published = json.loads(cell(page, 1).locator("script[data-source]").text_content())
    run(page, 1, "print('mine')")
    finish(page, 1)
    cell(page, 1).get_by_role("button", name="Reset").click()
    assert cell(page, 1).locator('[data-output="recorded"]').is_visible()
    assert cell(page, 1).locator(".cell_input").inner_text().strip().startswith(published.splitlines()[0])
    assert cell(page, 1).get_by_role("button", name="Reset").count() == 0


def test_restart_forgets_variables(page):
    """Restart gives a fresh kernel: names are gone."""
    run(page, 1, "secret = 42\nprint('set')")
    finish(page, 1)
    page.get_by_role("button", name="Restart").click()
    page.wait_for_function("() => document.documentElement.dataset.kernel === 'ready'")
    run(page, 1, "print('secret' in globals())")
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "False\n"


def test_time_sleep_blocks_the_loop_as_on_cpython(either_page):
    """While one task is in time.sleep no other task runs, in every browser."""
    page = either_page
    run(
        page,
        1,
        (
            "import asyncio, time\n"
            "async def ticker():\n"
            "    ticks = 0\n"
            "    while not done:\n"
            "        await asyncio.sleep(0.01)\n"
            "        ticks += 1\n"
            "    return ticks\n"
            "done = False\n"
            "task = asyncio.create_task(ticker())\n"
            "await asyncio.sleep(0)\n"
            "time.sleep(0.5)\n"
            "done = True\n"
            "print('ticks while asleep:', await task - 1)\n"
        ),
    )
    assert finish(page, 1) == "done"
    assert live_text(cell(page, 1)) == "ticks while asleep: 0\n"


def said_by_cpython(code):
    """What the Python that runs this test prints, errors included, for code that a cell may have."""
    body = textwrap.indent(code, "    ")
    program = f"async def main():\n{body}\nimport asyncio\nasyncio.run(main())"
    command = [sys.executable, "-u", "-c", program]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    ).stdout


SAME_MOMENT = """\
import asyncio
async def sleeper(n):
    await asyncio.sleep(0.02)
    print(n)
await asyncio.gather(*(sleeper(n) for n in range(5)))
future = asyncio.get_running_loop().create_future()
for name in ("first", "second"):
    future.add_done_callback(lambda _, name=name: print(name))
future.set_result(None)
await future
print("future")
event = asyncio.Event()
async def waiter(n):
    await event.wait()
    print("waiter", n)
tasks = [asyncio.create_task(waiter(n)) for n in range(3)]
await asyncio.sleep(0)
event.set()
print("set")
await asyncio.gather(*tasks)
for limited in (asyncio.wait_for(asyncio.sleep(0), 0), asyncio.wait_for(event.wait(), 0)):
    try:
        await limited
        print("in time")
    except TimeoutError:
        print("timed out")
try:
    async with asyncio.timeout(0):
        await asyncio.sleep(0)
        print("in time")
except TimeoutError:
    print("timed out")
loop = asyncio.get_running_loop()
loop.call_later(0, print, "later")
loop.call_at(loop.time() - 1, print, "for the past")
loop.call_later(-2, print, "further past")
loop.call_soon(print, "soon")
for turn in range(3):
    await asyncio.sleep(0)
    print("turn", turn)
"""


def test_what_happens_at_the_same_moment_is_ordered_as_on_cpython(either_page):
    """Sleeps of one length, callbacks, waiters and timeouts of 0: the same lines as from Python itself."""
    expected = said_by_cpython(SAME_MOMENT)
    run(either_page, 1, SAME_MOMENT)
    assert finish(either_page, 1) == "done"
    assert live_text(cell(either_page, 1)) == expected


UNRETRIEVED = """\
import asyncio
async def fail():
    raise ValueError("nobody asks")
asyncio.create_task(fail())
await asyncio.sleep(0.01)
print("slept")
task = asyncio.create_task(fail())
await asyncio.sleep(0.01)
print("kept")
del task
print("dropped")
async def outer():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    print("outer ends")
await outer()
future = asyncio.get_running_loop().create_future()
future.set_exception(ValueError("nobody asks"))
del future
task = asyncio.create_task(fail())
await asyncio.sleep(0.01)
try:
    await task
except ValueError:
    print("asked late")
del task
print("end")
"""


def test_an_exception_that_nobody_asks_for_is_told_when_cpython_tells_it(either_page):
    """The same reports between the same lines as from Python itself."""
    words = re.compile("^(?:slept|kept|dropped|outer ends|asked late|end|.* was never retrieved)$", re.M)
    expected = words.findall(said_by_cpython(UNRETRIEVED))
    assert len(expected) == 10
    run(either_page, 1, UNRETRIEVED)
    assert finish(either_page, 1) == "done"
    assert words.findall(cell(either_page, 1).locator('[data-output="live"]').inner_text()) == expected


def test_context_variables_that_a_cell_sets_are_set_in_the_next(either_page):
    """Also in a cell that awaits; a task that outlives its cell still prints to its own cell."""
    page = either_page
    code = """
import asyncio, contextvars, decimal
v = contextvars.ContextVar("v", default="unset")
decimal.getcontext().prec = 5
token = v.set("first")
go = asyncio.Event()
async def outlive():
    await go.wait()
    print("printed by the first cell with", v.get())
task = asyncio.create_task(outlive())
"""
    run(page, 1, code)
    assert finish(page, 1) == "ongoing"
    run(
        page,
        2,
        "print(decimal.Decimal(1) / 3, v.get())\nv.reset(token)\nv.set('second')\nawait asyncio.sleep(0)",
    )
    assert finish(page, 2) == "done"
    assert live_text(cell(page, 2)) == "0.33333 first\n"
    run(page, 2, "print(v.get(), len(asyncio.all_tasks()))\ngo.set()\nawait task")
    assert finish(page, 2) == "done"
    assert live_text(cell(page, 2)) == "second 2\n"
    assert live_text(cell(page, 1)) == "printed by the first cell with first\n"


def test_keyboard_alone_runs_edits_stops_and_leaves(open_page):
    """No mouse: Tab to Run, Enter; Shift+Enter in the editor; Escape and Tab leave it."""
    page = open_page(PAGE)
    target = cell(page, 1)
    focused = "document.activeElement.textContent.trim()"
    target.scroll_into_view_if_needed()
    page.get_by_role("button", name="Run all").focus()
    for _ in range(60):  # links stand between the toolbar and the first cell
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Run":
            break
    assert page.evaluate(focused) == "Run"
    page.keyboard.press("Enter")
    assert finish(page, 1) == "done"
    assert page.evaluate(focused) == "Run"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Timeline"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Edit"
    page.keyboard.press("Enter")
    target.locator(".cm-content").wait_for()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(WAITING)
    page.keyboard.press("Shift+Enter")
    wait_for_text(page, 1, "waiting")
    page.keyboard.press("Escape")
    inside = "!!document.activeElement.closest('.cm-editor')"
    page.keyboard.press("Tab")
    assert not page.evaluate(inside)
    target.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    assert finish(page, 1) == "stopped"


@pytest.mark.parametrize("name", ["index.html", "notebooks/async.html", "recipes/mistakes-hang.html"])
def test_nothing_moves_when_the_controls_appear(open_page, name):
    """The bar has its height before the buttons are there, so text does not jump."""

    def height(page):
        return page.locator(".cell-bar").first.evaluate("e => e.getBoundingClientRect().height")

    with_script = open_page(name)
    with_script.get_by_role("button", name="Run", exact=True).first.wait_for()
    without = open_page(name, java_script_enabled=False)
    assert abs(height(with_script) - height(without)) < 1
