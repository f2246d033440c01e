"""The timeline under a cell: what it shows, how it answers, and that it changes nothing."""

import asyncio
import inspect
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.virtual.programs import CHANGED, RandomProgram
from tools.browser import ENDED, cell, edit, live_text, wait_for_state

from .conftest import BROWSERS, PAGE, VIRTUAL, assert_axe_finds_nothing

# Line 11 waits for a, b and c; line 6 is where each of them waits.
THREE = """\
import asyncio, gc
from overlap_trace.notebook import Cells
mine = next(o for o in gc.get_objects() if isinstance(o, Cells)).latest

async def fetch(seconds):
    await asyncio.sleep(seconds)
    if seconds == 0.02:
        raise ValueError("no answer")
    return seconds

print(len(await asyncio.gather(fetch(0.01), fetch(0.02), fetch(0.03), return_exceptions=True)))
"""
SPANS = "import json\nprint(json.dumps(mine.timeline().to_dict()))\n"

LONG = """\
import asyncio

async def wait(name, seconds):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print(name, "cancelled", flush=True)
        raise

print("begun", flush=True)
done = await asyncio.gather(wait("long", 3600), wait("short", 1), return_exceptions=True)
print("ended", len(done))
"""

# Which line of a cell's code lies under the middle of each mark.
MARKED = """target => [...target.querySelectorAll(".line-traced")].map((mark) => {
    const { top, height } = mark.getBoundingClientRect();
    const middle = top + height / 2;
    const lines = [...target.querySelectorAll(".cm-line")].map(line => line.getBoundingClientRect());
    if (lines.length > 0) return lines.findIndex(line => line.top <= middle && middle < line.bottom) + 1;
    const pre = target.querySelector("pre");
    const { paddingTop, lineHeight } = getComputedStyle(pre);
    const above = middle - pre.getBoundingClientRect().top - parseFloat(paddingTop);
    return Math.floor(above / parseFloat(lineHeight)) + 1;
})"""


def draw(page, number, code):
    """Run code in a cell with its timeline on, to its end; return the timeline."""
    target = edit(page, number, code)
    target.get_by_role("button", name="Timeline", exact=True).click()
    wait_for_state(page, number, *ENDED)
    timeline = target.locator('[data-output="live"] [data-timeline]')
    timeline.wait_for()
    return timeline


def run(page, number, code):
    """Run code in a cell, to its end; return what it printed."""
    target = edit(page, number, code)
    target.get_by_role("button", name="Run", exact=True).click()
    assert wait_for_state(page, number, *ENDED) == "done"
    return live_text(target)


def bars(timeline):
    """Key, name and lines of each bar."""
    return timeline.locator("svg [data-span]").evaluate_all(
        "bars => bars.map(bar =>"
        " [bar.dataset.span, bar.querySelector('title').textContent, bar.dataset.lines ?? ''])"
    )


def rows(timeline):
    """Key and cells of each row of the table."""
    return timeline.locator("tr[data-span]").evaluate_all(
        "rows => rows.map(row => [row.dataset.span, [...row.children].map(cell => cell.textContent)])"
    )


def test_bars_and_rows_say_what_was_recorded(either_page):
    """Every span in the kernel has one bar and one row, with its lane, state, times and lines."""
    page = either_page
    timeline = draw(page, 1, THREE)
    recorded = json.loads(run(page, 2, SPANS))
    expected_rows, expected_bars = [], []
    for row, lane in enumerate(recorded["lanes"]):
        for number, span in enumerate(span for span in recorded["spans"] if span["lane"] == lane):
            key = f"{row}.{number}"
            times = [f"{span[end] * 1000:.1f}" for end in ("start", "end")]
            expected_rows.append([key, [lane, span["state"], *times, span["name"], span["note"]]])
            lines = " ".join(str(line) for file, line in span["places"] if not file)
            expected_bars.append((key, f"{lane}, {span['state']}: {span['note']}", lines))
    assert rows(timeline) == expected_rows
    drawn = {key: (name, lines) for key, name, lines in bars(timeline)}
    assert len(drawn) == len(expected_bars)
    for key, name, lines in expected_bars:
        assert drawn[key][0].startswith(name)
        assert drawn[key][1] == lines
    assert recorded["lanes"] == ["this cell", "fetch(0.01)", "fetch(0.02)", "fetch(0.03)"]
    assert "fetch(0.02), failed: ValueError: no answer" in "".join(name for _, name, _ in bars(timeline))


def test_a_bar_is_as_long_as_its_span(page):
    """Left edge and width of each bar are its times on the axis."""
    timeline = draw(page, 1, THREE)
    recorded = json.loads(run(page, 2, SPANS))
    end = max(span["end"] for span in recorded["spans"]) * 1.02
    spans = {}
    for row, lane in enumerate(recorded["lanes"]):
        for number, span in enumerate(span for span in recorded["spans"] if span["lane"] == lane):
            spans[f"{row}.{number}"] = span
    boxes = timeline.locator("svg [data-span]").evaluate_all(
        """bars => bars.filter(bar => bar.querySelector(".ovt-hit")).map(bar => {
            const hit = bar.querySelector(".ovt-hit");
            return [bar.dataset.span, ...["x", "width"].map(name => parseFloat(hit.getAttribute(name)))];
        })"""
    )
    assert len(boxes) > 8
    for key, x, width in boxes:
        assert x == pytest.approx(100 * spans[key]["start"] / end, abs=0.01)
        assert width == pytest.approx(100 * (spans[key]["end"] - spans[key]["start"]) / end, abs=0.02)


def test_a_bar_marks_its_lines_and_a_line_its_bars(page):
    """Pointing at a wait marks where it waits; pointing at that line marks all who wait there."""
    timeline = draw(page, 1, THREE)
    target = cell(page, 1)
    key = next(key for key, name, _ in bars(timeline) if "fetch(0.03), waiting: waiting for sleep" in name)
    timeline.locator(f'svg [data-span="{key}"]').hover()
    assert target.locator(".cell_input").evaluate(MARKED) == [6]
    assert "waiting for sleep, line 6" in target.locator(".timeline-said").inner_text()
    gathers = next(key for key, name, _ in bars(timeline) if "waiting for gather" in name)
    timeline.locator(f'tr[data-span="{gathers}"]').evaluate("row => row.closest('details').open = true")
    timeline.locator(f'tr[data-span="{gathers}"]').hover()
    assert target.locator(".cell_input").evaluate(MARKED) == [11]
    target.locator(".cm-line").nth(5).hover()
    on = timeline.locator("svg .ovt-on").evaluate_all("bars => bars.map(bar => bar.dataset.span)")
    assert sorted(on) == sorted(key for key, _, lines in bars(timeline) if "6" in lines.split())
    page.mouse.move(0, 0)
    assert target.locator(".line-traced").count() == 0


def test_the_published_code_is_marked_too(open_page):
    """A recorded timeline, before any run: its bars mark lines of its own cell and of others."""
    page = open_page(PAGE)
    target = page.locator("[data-draws]").first
    source = json.loads(target.locator("script[data-source]").text_content()).splitlines()
    target.locator(".cell-kind").hover()
    target.locator(".cell_input").hover()  # a pointer that moves over a cell is a sign of intent
    timeline = target.locator('[data-output="recorded"] [data-timeline]')
    timeline.locator('svg [role="button"]').first.wait_for()
    key = next(key for key, name, lines in bars(timeline) if "waiting for sleep" in name and ":" in lines)
    timeline.locator(f'svg [data-span="{key}"]').hover()
    (line,) = target.locator(".cell_input").evaluate(MARKED)
    assert "await fetch" in source[line - 1]
    assert cell(page, 1).locator(".line-traced").count() == 1


def test_bars_are_one_tab_stop_with_arrow_keys(page):
    """Tab reaches one bar, arrows the others, Escape leaves to the button."""
    timeline = draw(page, 1, THREE)
    stops = timeline.locator('svg [tabindex="0"]')
    assert stops.count() == 1
    stops.focus()
    focused = "document.activeElement.dataset.span"
    assert page.evaluate(focused) == "0.0"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "0.1"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("1.")
    page.keyboard.press("End")
    assert "to its end" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Home")
    assert page.evaluate(focused) == "1.0"
    assert stops.count() == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert cell(page, 1).locator(".cell_input").evaluate(MARKED) == [6]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Timeline"
    assert cell(page, 1).locator(".line-traced").count() == 0


def test_the_list_of_lines_marks_bars_by_keyboard(page):
    """Every line that a bar names is a button that marks its bars."""
    timeline = draw(page, 1, THREE)
    timeline.locator(".timeline-lines summary").click()
    line = timeline.get_by_role("button", name=re.compile(r"line 6: await asyncio\.sleep\(seconds\)"))
    line.focus()
    assert timeline.locator("svg .ovt-on").count() == 9  # to it, at it and from it, three times
    assert cell(page, 1).locator(".cell_input").evaluate(MARKED) == [6]


def test_cancel_one_task_and_watch_the_others(either_page):
    """While the cell runs, a waiting bar offers to cancel its task; the others go on."""
    page = either_page
    target = edit(page, 1, LONG)
    target.get_by_role("button", name="Timeline", exact=True).click()
    timeline = target.locator('[data-output="live"] [data-timeline]')
    wait = timeline.locator("svg [data-span]", has_text="wait('long', 3600), waiting: waiting for sleep")
    wait.focus()
    target.get_by_role("button", name="Cancel wait('long', 3600)").click()
    target.get_by_text("You cancelled wait('long', 3600) at").wait_for()
    assert wait_for_state(page, 1, *ENDED) == "done"
    assert live_text(target) == "begun\nlong cancelled\nended 2\n"
    names = "".join(name for _, name, _ in bars(timeline))
    assert "wait('long', 3600), cancelled:" in names
    assert "wait('short', 1), running" in names
    assert "wait('short', 1), cancelled" not in names
    assert target.get_by_role("button", name=re.compile("Cancel")).count() == 0


def test_stop_works_and_the_picture_stays(either_page):
    """Stop ends the cell as ever; what was drawn is the run up to there."""
    page = either_page
    target = edit(page, 1, LONG)
    target.get_by_role("button", name="Timeline", exact=True).click()
    target.locator('[data-output="live"] [data-timeline]').wait_for()
    target.get_by_role("button", name="Stop", exact=True).click()
    assert wait_for_state(page, 1, *ENDED) == "stopped"
    assert "long cancelled" in live_text(target)
    names = "".join(name for _, name, _ in bars(target.locator('[data-output="live"] [data-timeline]')))
    assert "wait('long', 3600), cancelled" in names


def test_a_step_that_holds_the_loop_says_so(either_page):
    """More than 50 ms in one step: another shape of bar, and words."""
    page = either_page
    timeline = draw(page, 1, "import asyncio, time\nawait asyncio.sleep(0)\ntime.sleep(0.12)\n")
    assert timeline.locator("svg .ovt-hold").count() >= 1  # a busy machine may hold it once more
    assert re.search(r"held the event loop for \d\.\d+ s", timeline.locator("figcaption").inner_text())
    assert "held the loop" in timeline.locator("svg").text_content()


def test_focus_survives_a_new_drawing(open_page):
    """A reader who is on a bar stays there while the picture goes on."""
    page = open_page(PAGE)
    target = edit(page, 1, LONG)
    target.get_by_role("button", name="Timeline", exact=True).click()
    picture = target.locator(".timeline-picture")
    picture.locator("svg [data-span]", has_text="wait('short', 1), waiting: waiting for sleep").focus()
    key = page.evaluate("document.activeElement.dataset.span")
    page.evaluate(
        """() => new Promise(resolve => new MutationObserver((_, observer) => {
            observer.disconnect(); requestAnimationFrame(resolve);
        }).observe(document.querySelector(".timeline-picture"), {childList: true}))"""
    )
    assert page.evaluate("document.activeElement.dataset.span") == key
    target.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, 1, *ENDED)


def test_reduced_motion_draws_on_request_only(open_page):
    """No drawing by itself while the cell runs; a button makes one; the end is drawn."""
    page = open_page(PAGE, reduced_motion="reduce")
    target = edit(page, 1, LONG)
    target.get_by_role("button", name="Timeline", exact=True).click()
    target.locator('[data-output="live"] .cell_output').filter(has_text="begun").wait_for()
    timeline = target.locator('[data-output="live"] [data-timeline]')
    assert timeline.count() == 0
    target.get_by_role("button", name="Draw it now").click()
    timeline.wait_for()
    assert cell(page, 1).get_attribute("data-state") == "running"
    page.evaluate(
        """() => { window.drawn = 0; new MutationObserver(() => window.drawn++)
            .observe(document.querySelector(".timeline-picture"), {childList: true}); }"""
    )
    target.get_by_role("button", name="Stop", exact=True).click()
    assert wait_for_state(page, 1, *ENDED) == "stopped"
    page.wait_for_function("window.drawn > 0")
    assert page.evaluate("window.drawn") == 1


def test_the_button_is_there_for_code_that_awaits(open_page):
    """A cell without tasks has no Timeline button until it is edited to have some."""
    page = open_page(PAGE)
    target = cell(page, 1)
    button = target.get_by_role("button", name="Timeline", exact=True)
    assert button.is_visible()
    edit(page, 1, "async def f():\n    await g()\nprint(1)\n")
    assert not button.is_visible()
    edit(page, 1, "import asyncio\nasync def f():\n    pass\nasyncio.run(f())\n")
    assert button.is_visible()


def test_pressing_again_turns_it_off(open_page):
    """A toggle: the picture goes, and the next run has none."""
    page = open_page(PAGE)
    timeline = draw(page, 1, "import asyncio\nawait asyncio.sleep(0)\n")
    button = cell(page, 1).get_by_role("button", name="Timeline", exact=True)
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    timeline.wait_for(state="detached")
    assert run(page, 1, "import asyncio\nawait asyncio.sleep(0)\nprint(1)") == "1\n"
    assert timeline.count() == 0


def test_a_timeline_that_cannot_be_loaded_is_said_and_the_run_goes_on(open_page):
    """The code of the timeline does not arrive: the output is there, with a sentence. The next run draws."""
    page = open_page(PAGE, before=lambda page: page.route("**/chunks/timeline-*.js", lambda r: r.abort()))
    page.watched.expect("Failed to load resource")
    target = edit(page, 1, "import asyncio\nprint(await asyncio.sleep(0, 'done'))\n")
    target.get_by_role("button", name="Timeline", exact=True).click()
    assert wait_for_state(page, 1, *ENDED) == "done"
    assert live_text(target) == "done\n"
    target.get_by_text("The timeline could not be loaded").wait_for()
    page.unroute("**/chunks/timeline-*.js")
    target.get_by_role("button", name="Run", exact=True).click()
    target.locator(".cell-timeline [data-timeline]").wait_for()


@pytest.mark.parametrize("kind", BROWSERS)
def test_virtual_time_in_the_page(open_page, kind):
    """A cell tagged so says it, takes no time, and prints the same each time: what CPython printed."""
    page = open_page(VIRTUAL, before=BROWSERS[kind])
    target = page.locator('[data-clock="virtual"]').first
    number = int(target.get_attribute("data-cell"))
    assert target.locator(".cell-kind .cell-clock").inner_text() == "virtual time"
    assert "virtual time" in target.locator('[data-output="recorded"] .output-label').inner_text()
    code = (
        "import asyncio\nasync def tell(n):\n    await asyncio.sleep(7200 / n)\n"
        "    print(n, asyncio.get_running_loop().time())\n"
        "async with asyncio.TaskGroup() as group:\n"
        "    for n in 1, 2, 3:\n        group.create_task(tell(n))\n"
    )
    edit(page, number, code)
    printed = []
    for _ in range(2):
        target.get_by_role("button", name="Run", exact=True).click()
        assert wait_for_state(page, number, *ENDED) == "done"
        printed.append(live_text(target))
    assert printed[0] == printed[1] == "3 2400.0\n2 3600.0\n1 7200.0\n"
    target.get_by_role("button", name="Timeline", exact=True).click()
    wait_for_state(page, number, *ENDED)
    caption = target.locator('[data-output="live"] [data-timeline] figcaption')
    assert "7200 s of virtual time" in caption.inner_text()


@pytest.mark.parametrize("kind", BROWSERS)
def test_virtual_order_is_cpythons(open_page, kind):
    """Random programs run in a page's virtual time in the order in which CPython's own loop runs them."""
    page = open_page(VIRTUAL, before=BROWSERS[kind])
    number = int(page.locator('[data-clock="virtual"]').first.get_attribute("data-cell"))
    code = f"import asyncio, random\n\n{inspect.getsource(RandomProgram)}\n"
    call = f"RandomProgram(seed, tasks=2 + seed % 4, leave_out={CHANGED!r})()"
    printed = run(page, number, f"{code}\nfor seed in range(30):\n    print(await {call})\n")

    async def play(seed):
        return str(await RandomProgram(seed, tasks=2 + seed % 4, leave_out=CHANGED)())

    def play_all():
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return [runner.run(play(seed)) for seed in range(30)]

    with ThreadPoolExecutor() as pool:  # the browser's driver has a loop in this thread
        assert printed.splitlines() == pool.submit(play_all).result()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_live_timeline_is_accessible_and_fits(open_page, width):
    """axe finds nothing, everything opened, light and dark, and a phone does not scroll sideways."""
    page = open_page(PAGE, color_scheme="light", viewport={"width": width, "height": 740})
    timeline = draw(page, 1, THREE)
    for details in timeline.locator("details").all():
        details.evaluate("element => element.open = true")
    timeline.locator('svg [tabindex="0"]').focus()
    assert_axe_finds_nothing(page)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0


def test_without_javascript_the_recorded_timeline_is_there(open_page):
    """Picture, caption and table, without a script."""
    page = open_page(PAGE, java_script_enabled=False)
    for target in page.locator("[data-draws]").all():
        timeline = target.locator('[data-output="recorded"] [data-timeline]')
        assert timeline.locator("svg").is_visible()
        assert timeline.locator("figcaption").inner_text()
        timeline.locator("summary").click()
        assert timeline.locator("tbody tr").first.is_visible()


@pytest.mark.parametrize("name", ["notebooks/threads.html", "notebooks/processes.html"])
def test_scripts_show_the_timeline_of_their_recorded_run(open_page, name):
    """The same picture for threads and processes: a bar for each printed job."""
    page = open_page(name)
    timeline = page.locator("figure[data-timeline]").first
    lines = re.findall(
        r"^(.+), ([^,:]+): (\d+\.\d+) s to (\d+\.\d+) s",
        page.locator(".script")
        .filter(has_text=re.compile("who_(waits|computes)_when"))
        .last.locator('[data-output="recorded"] pre')
        .text_content(),
        re.MULTILINE,
    )
    assert len(lines) == 16
    drawn = [(lane, what, float(start), float(end)) for _, (lane, _, start, end, what, _) in rows(timeline)]
    printed = [(lane, what, float(start) * 1000, float(end) * 1000) for lane, what, start, end in lines]
    assert [entry[:2] for entry in sorted(drawn)] == [entry[:2] for entry in sorted(printed)]
    for (*_, start, end), (*_, began, ended) in zip(sorted(drawn), sorted(printed), strict=True):
        assert (start, end) == pytest.approx((began, ended))
