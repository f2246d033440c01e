"""Explorers, steppers and choosers: what is recorded, what runs live, and how they are operated."""

import itertools
import json
import re

import pytest

from tools.browser import cell, edit, finish, run, wait_for_state

from .conftest import BROWSERS, EXPLORERS, PAGE, assert_axe_finds_nothing, pages_with

VIEW_PAGES = pages_with("data-view=")
CHOOSER_PAGES = pages_with("data-chooser")
WHERE = {"explorer": EXPLORERS, "stepper": PAGE}

RACE = """import asyncio
async def {name}():
    total = 0
    async def add():
        nonlocal total
        {lock}
            seen = total
            await asyncio.sleep(0)
            total = seen + 1
        await asyncio.sleep(0)
    lock = asyncio.Lock()
    await asyncio.gather(add(), add())
    return total
"""


def view(page, kind, program):
    """The program view of a kind whose program is the function of this name."""
    source = re.compile(rf"\({program}[,)]|\n    {program},")
    for element in page.locator(f'[data-view="{kind}"]').all():
        if source.search(json.loads(element.locator("script[data-source]").text_content())):
            return element
    raise AssertionError(f"no {kind} of {program}")


def number_of(element):
    return int(element.get_attribute("data-cell"))


def program_of(element):
    return int(element.get_attribute("data-program"))


def open_steps(element, place="recorded"):
    """Press the button of a recorded run; a live one is open already."""
    if place == "recorded":
        element.get_by_role("button", name="Step through").click()
    steps = element.locator(f'[data-output="{place}"] .steps')
    steps.wait_for()
    return steps


def headline(element, place):
    return element.locator(f'[data-output="{place}"] .ovt-exploration > p strong').inner_text()


def lost_updates():
    """How many orders of two tasks "read; write; end" lose one, and of how many: by hand."""
    lost = total = 0
    for order in set(itertools.permutations("AAABBB")):
        value, seen, done = 0, {}, {"A": 0, "B": 0}
        for name in order:
            if done[name] == 0:
                seen[name] = value
            elif done[name] == 1:
                value = seen[name] + 1
            done[name] += 1
        total += 1
        lost += value != 2
    return lost, total


def test_recorded_counts_are_those_of_a_brute_force(open_page):
    """The page says how many of all orders lose an update, and none with the lock."""
    page = open_page(EXPLORERS, java_script_enabled=False)
    lost, total = lost_updates()
    assert headline(view(page, "explorer", "two_waiters"), "recorded") == (
        f"{lost} of {total} schedules lose an order."
    )
    assert headline(view(page, "explorer", "two_waiters_in_turn"), "recorded").startswith("0 of ")


@pytest.mark.parametrize("kind", BROWSERS)
def test_an_explorer_runs_the_readers_edited_code(open_page, kind):
    """One press runs the program as it stands and explores it: 12 of 20; with the lock 0; back again 12."""
    page = open_page(EXPLORERS, before=BROWSERS[kind])
    explorer = view(page, "explorer", "two_waiters")
    number, program = number_of(explorer), program_of(explorer)
    run(page, number)
    assert finish(page, number) == "done"
    lost, total = lost_updates()
    assert headline(explorer, "live") == f"{lost} of {total} schedules lose an order."
    assert wait_for_state(page, program, "done") == "done"
    # A screen reader hears the result and the text of a step, not every change of the tables.
    steps = open_steps(explorer, "live")
    assert steps.locator(".steps-tasks").evaluate("e => e.closest('[aria-live]').ariaLive") == "off"
    assert steps.locator(".steps-text").get_attribute("aria-live") == "polite"
    said = explorer.get_by_role("status").filter(has_text="schedules lose an order")
    said.wait_for(state="attached")
    edit(page, program, RACE.format(name="two_waiters", lock="async with lock:"))
    run(page, number)
    assert finish(page, number) == "done"
    assert headline(explorer, "live").startswith("0 of ")
    assert explorer.locator('[data-output="live"] .steps').count() == 0
    edit(page, program, RACE.format(name="two_waiters", lock="if True:"))
    run(page, number)
    assert finish(page, number) == "done"
    assert headline(explorer, "live") == f"{lost} of {total} schedules lose an order."


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_deadlock_says_who_waits_for_whom(open_page, kind):
    """Recorded and live; the same order for both cooks ends it."""
    page = open_page(EXPLORERS, before=BROWSERS[kind])
    explorer = view(page, "explorer", "two_cooks")
    number, program = number_of(explorer), program_of(explorer)
    said = (
        r"cook #1 waits for Lock\.acquire of board, held by cook #2, line \d+; "
        r"cook #2 waits for Lock\.acquire of knife, held by cook #1"
    )
    assert re.search(said, explorer.locator('[data-output="recorded"] table').first.inner_text())
    run(page, number)
    assert finish(page, number) == "done"
    assert re.search(said, explorer.locator('[data-output="live"] table').first.inner_text())
    published = json.loads(cell(page, program).locator("script[data-source]").text_content())
    edit(page, program, published.replace("cook(board, knife)", "cook(knife, board)"))
    run(page, number)
    assert finish(page, number) == "done"
    assert re.match(r"0 of \d+ schedules", headline(explorer, "live"))


def test_an_endless_program_is_stopped_with_a_message(open_page):
    """It ends by itself, and says that the program did not."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    edit(
        page,
        program_of(explorer),
        ("import asyncio\nasync def two_waiters():\n    while True:\n        await asyncio.sleep(0)\n"),
    )
    run(page, number_of(explorer))
    assert finish(page, number_of(explorer)) == "done"
    message = "two_waiters was not done after 1,000 steps"
    explorer.locator('[data-output="live"]').filter(has_text=message).wait_for()


def test_stop_ends_a_long_exploration_and_keeps_variables(open_page):
    """The exploration gives the page its turns, so that Stop is heard."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    two = RACE.format(name="two_waiters", lock="if True:")
    five = two.replace("add(), add()", "*(add() for _ in range(5))")
    edit(page, program_of(explorer), five + "kept = 'kept'\n")
    number = number_of(explorer)
    run(page, number)
    wait_for_state(page, number, "running")
    page.wait_for_timeout(150)  # a press this soon after Run counts as the same press
    explorer.get_by_role("button", name="Stop").click()
    assert finish(page, number) == "stopped"
    assert "are kept" in explorer.inner_text()
    run(page, number, "print(kept)")
    assert finish(page, number) == "done"


@pytest.mark.parametrize("busy", ["while True: pass", "time.sleep(3600)"])
@pytest.mark.parametrize(("kind", "name"), [("explorer", "two_waiters"), ("stepper", "dinner")])
def test_stop_ends_a_program_that_never_gives_way(open_page, kind, name, busy):
    """The explored code computes for ever: Stop interrupts it there, and variables stay."""
    page = open_page(WHERE[kind])
    element = view(page, kind, name)
    edit(page, program_of(element), f"import time\nkept = 'kept'\nasync def {name}():\n    {busy}\n")
    number = number_of(element)
    run(page, number)
    wait_for_state(page, number, "running")
    page.wait_for_timeout(150)  # a press this soon after Run counts as the same press
    element.get_by_role("button", name="Stop").click()
    assert finish(page, number) == "stopped"
    assert "are kept" in element.inner_text()
    run(page, number, "print(kept)")
    assert finish(page, number) == "done"


def test_an_error_in_the_program_is_shown_in_its_cell(open_page):
    """The view says which cell failed; an error in its own call is shown like any other."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    number, program = number_of(explorer), program_of(explorer)
    run(page, program, "def broken(:\n")
    finish(page, program)
    run(page, number)
    assert finish(page, program) == "error"
    wait_for_state(page, number, "idle")
    assert f"Cell {program}, whose program this would run, ended with an error" in explorer.inner_text()
    edit(page, program, "async def two_waiters():\n    return undefined\n")
    run(page, number)
    assert finish(page, number) == "done"
    explorer.locator('[data-output="live"]').filter(has_text="two_waiters raised NameError").wait_for()
    edit(page, program, "two_waiters = 42\n")
    run(page, number)
    assert finish(page, number) == "error"
    assert f"TypeError in cell {number}" in explorer.inner_text()


def shown(steps):
    """Everything a player shows, as text."""
    return steps.evaluate(
        """element => [...element.querySelectorAll(".steps-count, .steps-said, .steps-state")]
        .map(e => e.textContent).join("|") + "|" + [...element.closest("[data-output]")
        .querySelectorAll("figure rect.steps-now, figure rect.steps-later")]
        .map(r => r.getAttribute("x") + " " + r.getAttribute("width")).join("|") + "|" +
        [...element.closest("[data-output]").querySelectorAll("li[aria-current]")].map(e => e.value)"""
    )


PLAYED = [("explorer", "two_waiters"), ("explorer", "two_cooks"), ("stepper", "dinner")]


@pytest.mark.parametrize(("kind", "program"), PLAYED)
def test_stepping_back_and_forward_is_consistent(open_page, kind, program):
    """What is shown at a step is the same whichever way the reader came."""
    page = open_page(WHERE[kind])
    steps = open_steps(view(page, kind, program))
    following, previous = (steps.get_by_role("button", name=name) for name in ("Next", "Previous"))
    last = int(steps.locator("input").get_attribute("max"))
    forward = [shown(steps)]
    for _ in range(last):
        following.click()
        forward.append(shown(steps))
    assert len(set(forward)) == last + 1
    following.press("Enter")  # there is nothing after the last step
    assert shown(steps) == forward[-1]
    for number in reversed(range(last)):
        previous.click()
        assert shown(steps) == forward[number]
    for number in (last, 2, last - 1, 0):  # jumps
        steps.locator("input").fill(str(number))
        assert shown(steps) == forward[number]


def test_the_player_shows_what_was_recorded(open_page):
    """Text, shared value, tasks and list of each step agree with the data in the page."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    data = json.loads(explorer.locator(".ovt-player script").text_content())
    items = explorer.locator('[data-output="recorded"] .ovt-list li')
    steps = open_steps(explorer)
    for number, step in enumerate(data["steps"]):
        text = steps.inner_text()
        assert step["text"] in text
        assert items.nth(number).get_attribute("aria-current") == "step"
        assert step["text"] in items.nth(number).text_content()
        if step["shared"]:
            assert f"noted = {step['shared']['noted']}" in text
        for name in data["tasks"]:
            assert name in text
        page.keyboard.press("ArrowRight")
    assert f"Step {len(data['steps']) - 1} of {len(data['steps']) - 1}" in text


def test_the_player_works_with_the_keyboard(open_page):
    """Arrow keys, Home and End; the focus stays on the button at both ends."""
    page = open_page(EXPLORERS)
    explorer = view(page, "explorer", "two_waiters")
    explorer.get_by_role("button", name="Step through").focus()
    page.keyboard.press("Enter")
    steps = explorer.locator(".steps")
    steps.wait_for()
    number = "document.activeElement.closest('.steps')?.dataset.step"
    assert page.evaluate(number) == "0"
    keys = (("ArrowRight", 1), ("Enter", 2), ("ArrowLeft", 1), ("End", 8), ("Enter", 8), ("Home", 0))
    for key, expected in keys:
        page.keyboard.press(key)
        assert page.evaluate(number) == str(expected), key
    live = steps.locator("[aria-live]")
    assert live.get_attribute("aria-live") == "polite"


def test_the_present_line_is_marked_in_the_code(open_page):
    """Where the browser can: the line that the player names, in the cell of the program."""
    page = open_page(EXPLORERS)
    steps = open_steps(view(page, "explorer", "two_waiters"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    marked = page.evaluate("[...CSS.highlights.get('step-line')].map(r => r.toString().trim())")
    assert marked == [steps.locator(".steps-line code").text_content()]


def test_steps_play_by_themselves_and_can_be_paused(open_page):
    """Play walks to the end; Pause stops it. With reduced motion there is no Play."""
    page = open_page(EXPLORERS)
    page.clock.install()
    steps = open_steps(view(page, "explorer", "two_waiters"))
    steps.get_by_role("button", name="Play").click()
    page.clock.run_for(3_200)
    assert steps.get_attribute("data-step") == "2"
    steps.get_by_role("button", name="Pause").click()
    page.clock.run_for(10_000)
    assert steps.get_attribute("data-step") == "2"
    steps.get_by_role("button", name="Play").click()
    page.clock.run_for(60_000)
    assert steps.get_attribute("data-step") == steps.locator("input").get_attribute("max")
    calm = open_page(EXPLORERS, reduced_motion="reduce")
    steps = open_steps(view(calm, "explorer", "two_waiters"))
    assert steps.get_by_role("button", name="Play").count() == 0
    assert steps.get_by_role("button", name="Next").count() == 1


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_stepper_runs_the_readers_edited_code(open_page, kind):
    """Recorded first; live with the reader's own tasks, output and timers."""
    page = open_page(PAGE, before=BROWSERS[kind])
    stepper = view(page, "stepper", "dinner")
    edit(
        page,
        program_of(stepper),
        (
            "async def brew(drink, seconds):\n"
            "    print(f'{drink}: on the stove')\n"
            "    await asyncio.sleep(seconds)\n"
            "async def dinner():\n"
            "    tea = asyncio.create_task(brew('tea', 0.3), name='tea')\n"
            "    await tea\n"
        ),
    )
    run(page, number_of(stepper))
    assert finish(page, number_of(stepper)) == "done"
    steps = open_steps(stepper, "live")
    steps.locator("input").fill("2")
    text = steps.inner_text()
    assert "0.30 s: wake tea" in text
    assert "tea: on the stove" in text
    assert "waiting for sleep of 0.30 s" in text


@pytest.mark.parametrize("name", VIEW_PAGES)
def test_without_javascript_every_step_is_readable(open_page, name):
    """The list is open, numbered, and has as many items as the recording has steps."""
    page = open_page(name, java_script_enabled=False)
    for element in page.locator("[data-view]").all():
        assert element.get_by_role("button").count() == 0
        assert element.locator(".view-hint").is_hidden()
        for player in element.locator(".ovt-player").all():
            data = json.loads(player.locator("script").text_content())
            items = element.locator(".ovt-list li")
            assert items.count() == len(data["steps"])
            for number, step in enumerate(data["steps"]):
                assert step["text"] in items.nth(number).text_content()
            assert items.first.is_visible()
            assert items.last.is_visible()


@pytest.mark.parametrize("name", VIEW_PAGES + CHOOSER_PAGES)
def test_axe_finds_no_violation_in_open_parts(open_page, name):
    """Players in the middle of their run, and choosers at their second question, light and dark."""
    page = open_page(name, color_scheme="light")
    for button in page.get_by_role("button", name="Step through").all()[::-1]:
        button.click()
    for steps in page.locator(".steps").all():
        steps.locator("input").fill("3")
    for chooser in page.locator("[data-chooser]").all():
        chooser.locator(".chooser-answer").first.click()
    for details in page.locator("[data-view] details, [data-chooser] details").all():
        details.evaluate("element => element.open = true")
    assert_axe_finds_nothing(page, "'main'")


@pytest.mark.parametrize("name", VIEW_PAGES + CHOOSER_PAGES)
def test_open_parts_fit_a_phone(open_page, name):
    """At 360 px nothing wide leaves the page."""
    page = open_page(name, viewport={"width": 360, "height": 740})
    for button in page.get_by_role("button", name="Step through").all()[::-1]:
        button.click()
    players = page.locator(".ovt-player").count()
    page.wait_for_function("players => document.querySelectorAll('.steps').length === players", arg=players)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    for steps in page.locator(".steps").all():
        assert steps.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_page_loads_the_code_of_a_part_only_when_it_is_wanted(open_page):
    """No page loads a player before its button is pointed at; one without a chooser never loads that."""

    def loaded(page):
        page.wait_for_load_state("networkidle")
        return [url.rpartition("/")[2] for url in page.watched.requests]

    for name in ("notebooks/async.html", "notebooks/processes.html"):
        page = open_page(name)
        files = loaded(page)
        assert not [file for file in files if file.startswith(("player", "chooser"))]
    page = open_page("notebooks/async.html")
    with page.expect_response(re.compile(r"/chunks/player-")):
        page.get_by_role("button", name="Step through").first.hover()


# -- choosers ------------------------------------------------------------------------------------


def answers_of(chooser):
    """The tree of a chooser's list: for each answer its words, the answers below it, its links."""
    return chooser.locator("details > ul").evaluate(
        "list => { const read = list => [...list.children].map(item => {"
        "  const below = item.querySelector(':scope > ul');"
        "  const links = [...item.querySelectorAll('a')].map(a => a.getAttribute('href'));"
        "  return [item.querySelector('strong').textContent, below ? read(below) : [], links]; });"
        "  return read(list); }"
    )


def answer(chooser, label):
    """The button of an answer, by its words in bold."""
    words = chooser.page.locator(f"strong:text-is({json.dumps(label)})")
    return chooser.locator(".chooser-answer").filter(has=words)


def paths(tree):
    """Every way through it: the answers, and the links at its end."""
    for label, below, links in tree:
        if below:
            yield from (([label, *rest], end) for rest, end in paths(below))
        else:
            yield [label], links


@pytest.mark.parametrize("name", CHOOSER_PAGES)
def test_every_way_through_a_chooser_ends_in_the_links_of_its_list(open_page, name):
    """The questions, the answers and the advice are those of the list, which is the one source."""
    page = open_page(name)
    for chooser in page.locator("[data-chooser]").all():
        for way, links in paths(answers_of(chooser)):
            for number, label in enumerate(way):
                assert chooser.locator(".chooser-path li").count() == number
                answer(chooser, label).click()
            hrefs = "element => [...element.querySelectorAll('a')].map(a => a.getAttribute('href'))"
            assert chooser.locator(".chooser-advice").evaluate(hrefs) == links != []
            assert chooser.locator(".chooser-path li > strong").all_text_contents() == way
            chooser.get_by_role("button", name="Start again").click()
            assert chooser.locator(".chooser-path").count() == 0


@pytest.mark.parametrize("name", CHOOSER_PAGES)
def test_a_chooser_works_with_the_keyboard_and_says_what_it_does(open_page, name):
    """Focus goes to the next question, or to the advice; Back returns; a status tells why."""
    page = open_page(name)
    chooser = page.locator("[data-chooser]").first
    first_question = chooser.locator("legend").inner_text()
    way = next(way for way, _ in paths(answers_of(chooser)) if len(way) > 1)
    answer(chooser, way[0]).press("Enter")
    focused = "document.activeElement.tagName"
    assert page.evaluate(focused) == "LEGEND"
    assert chooser.get_by_role("group", name=chooser.locator("legend").inner_text()).count() == 1
    assert chooser.get_by_role("status").text_content() == f"You chose: {way[0]}"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "BUTTON"
    for label in way[1:]:
        answer(chooser, label).press("Enter")
    assert page.evaluate("document.activeElement.className") == "chooser-advice"
    chooser.get_by_role("button", name="Back").press("Enter")
    assert page.evaluate(focused) == "LEGEND"
    assert chooser.locator(".chooser-path li").count() == len(way) - 1
    for _ in way[1:]:
        chooser.get_by_role("button", name="Back").press("Enter")
    assert chooser.locator("legend").inner_text() == first_question
    assert chooser.get_by_role("button", name="Back").count() == 0


@pytest.mark.parametrize("name", CHOOSER_PAGES)
def test_the_list_is_folded_below_a_chooser_and_open_on_paper(open_page, name):
    """On screen the questions come one at a time, and a press shows all; paper has the list alone."""
    page = open_page(name)
    for chooser in page.locator("[data-chooser]").all():
        form, question = chooser.locator(".chooser-form"), chooser.locator(".chooser-question")
        form.wait_for()
        items = chooser.locator("details li").all()
        assert question.is_hidden()
        assert not any(item.is_visible() for item in items)
        page.emulate_media(media="print")
        assert question.is_visible()
        assert form.is_hidden()
        assert all(item.is_visible() for item in items)
        page.emulate_media(media="screen")
        chooser.locator("summary").click()
        assert all(item.is_visible() for item in items)


@pytest.mark.parametrize("name", CHOOSER_PAGES)
def test_without_javascript_a_chooser_is_its_list(open_page, name):
    """The first question and every answer are there to read; there is nothing to press."""
    page = open_page(name, java_script_enabled=False)
    for chooser in page.locator("[data-chooser]").all():
        assert chooser.locator(".chooser-question").is_visible()
        assert all(item.is_visible() for item in chooser.locator("details li").all())
        assert chooser.get_by_role("button").count() == 0
