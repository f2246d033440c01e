"""What a timeline costs the run that it draws: on this Python, and in a page.

    python -m tools.bench.trace

Each program runs with its timeline and without, in turns, and the least of the runs counts.
*Per step* is for tasks that do nothing else than give way. *Share* is for tasks that compute
2 ms in each step, in a page with the picture drawn while they run. The goal is under
0.1 ms a step, or under 5 % of the run.
"""

from __future__ import annotations

import asyncio
import json
import platform
import time

from playwright.sync_api import Page

import book.extension  # noqa: F401  puts overlap_trace on the path
from tools.browser import ENDED, cell, launched_browser, live_text, served_site, wait_for_state

PAGE = "notebooks/async.html"
CELL = 1
STEPS = 2000
WORK_STEPS = 500
WORK_SECONDS = 0.002

#: A cell that prints how long its steps took, in seconds.
GIVE_WAY = f"""\
import asyncio, time

async def give_way(times):
    for _ in range(times):
        await asyncio.sleep(0)

began = time.{{clock}}()
await asyncio.gather(*[give_way({STEPS // 10}) for _ in range(10)])
print(time.{{clock}}() - began)
"""
WORK = f"""\
import asyncio, time

async def work(times):
    for _ in range(times):
        end = time.perf_counter() + {WORK_SECONDS}
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0)

began = time.perf_counter()
await asyncio.gather(*[work({WORK_STEPS // 10}) for _ in range(10)])
print(time.perf_counter() - began)
"""


def on_this_python(source: str, runs: int) -> tuple[float, float]:
    """Least seconds of a cell without and with a trace around it, in this interpreter."""
    import ast

    from overlap_trace import trace

    code = compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def once(traced: bool) -> float:
        printed: list[float] = []
        names = {"print": printed.append}
        if traced:
            with trace():
                await eval(code, names)
        else:
            await eval(code, names)
        return printed[0]

    results = [(asyncio.run(once(False)), asyncio.run(once(True))) for _ in range(runs)]
    return min(plain for plain, _ in results), min(traced for _, traced in results)


def in_a_page(page: Page, source: str, runs: int) -> tuple[float, float]:
    """Least seconds of a cell without and with its timeline, in a page."""
    target = cell(page, CELL)
    target.get_by_role("button", name="Edit", exact=True).click()
    target.locator(".cm-content").press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")
    timeline = target.get_by_role("button", name="Timeline", exact=True)

    def once(traced: bool) -> float:
        on = timeline.get_attribute("aria-pressed") == "true"
        if on != traced:
            timeline.click()  # turning it on runs the cell
        if on or not traced:
            target.get_by_role("button", name="Run", exact=True).click()
        wait_for_state(page, CELL, "running", *ENDED)
        wait_for_state(page, CELL, *ENDED)
        return float(json.loads(live_text(target)))

    once(False)
    results = [(once(False), once(True)) for _ in range(runs)]
    return min(plain for plain, _ in results), min(traced for _, traced in results)


def row(where: str, steps: tuple[float, float], work: tuple[float, float] | None) -> str:
    """Return one line of the table."""
    per_step = (steps[1] - steps[0]) / STEPS * 1e6
    share = f"{100 * (work[1] / work[0] - 1):5.1f} %" if work else "      -"
    return f"{where:34}{per_step:9.1f} µs{share:>10}"


def main() -> None:
    """Print the table."""
    print(f"{'':34}{'per step':>12}{'share':>10}")
    cpu, wall = GIVE_WAY.format(clock="process_time"), GIVE_WAY.format(clock="perf_counter")
    version = f"CPython {platform.python_version()}"
    print(row(version, on_this_python(cpu, 15), on_this_python(WORK, 3)), flush=True)
    with served_site() as site, launched_browser(as_readers_have=True) as browser:
        page = browser.new_page()
        page.goto(site.address + PAGE)
        began = time.perf_counter()
        print(row(f"page, Chromium {browser.version}", in_a_page(page, wall, 7), in_a_page(page, WORK, 5)))
        print(f"({time.perf_counter() - began:.0f} s)")


if __name__ == "__main__":
    main()
