"""Side by side: how long a click waits for the first output of an async cell.

    python -m tools.bench              five rounds, prints a table per engine (about half an hour)
    python -m tools.bench --rounds 15 --engines firefox webkit

Five ways to run Python in a page, all from the built site, in the same browser, in turns, so
that whatever else the machine does meets all of them: JupyterLite's REPL in a frame, its
kernel alone in a worker, Pyodide without a kernel, and this site's cell from the snapshot and
without it. Times are medians, in milliseconds from the click to the first text; only their
ratios mean something elsewhere:

cold        the first visit, nothing in any cache. The server is on this machine: what the
            bytes cost on a line is not in it.
warm        a later visit, all files in the HTTP cache (a round before the first is not counted).
after Stop  the click that follows a Stop for which Python itself had to be ended. The others
            have no Stop: there the page ends the worker, or removes the frame, and makes a new one.

The bytes are those of a first visit, as sent, in Chromium. The same is measured in the machine's Firefox and
WebKitGTK, if it has them: there a first visit is one with a browser that was just started.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tools import webdriver
from tools.browser import ROOT, SITE, cell, launched_browser, served_site, wait_for_state
from tools.find_browser import find_firefox, find_webkit

HERE = Path(__file__).parent
COMLINK = ROOT / "book" / "web" / "node_modules" / "comlink" / "dist" / "esm" / "comlink.min.mjs"
WITHOUT_JSPI = "delete WebAssembly.Suspending; delete WebAssembly.promising;\n"
#: JupyterLite's own worker, as its build made it; the name has a hash.
STOCK_WORKER = "lite/extensions/@jupyterlite/pyodide-kernel-extension/static/comlink.worker.*.js"
WORKERS = ("_static/overlap/worker-*.js", "bench/plain-worker.js", STOCK_WORKER)

#: What all of them run.
CODE = """\
import asyncio

async def main():
    await asyncio.sleep(0)
    print("ready")

await main()
"""

#: It does not listen to the interrupt of Stop.
STUBBORN = """\
print("begins")
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""

#: The page whose first cell gets CODE, and its second STUBBORN.
PAGE = "notebooks/async.html"
#: The source of a runnable cell, and which cells it needs.
SOURCE = re.compile(r"(<script[^>]*data-source[^>]*>)(.*?)(</script>)", re.DOTALL)
NEEDS = re.compile(r'data-needs="[^"]*"')

FIRST_TEXT = """() => {
    const cell = document.querySelector("[data-runs=browser]");
    const output = cell.querySelector("[data-output=live] .cell_output");
    const run = [...cell.querySelectorAll("button")].find((b) => b.textContent === "Run");
    const clicked = performance.now();
    const shown = new Promise((resolve) => {
        new MutationObserver(() => {
            if (output.textContent.trim()) resolve(performance.now() - clicked);
        }).observe(output, { childList: true, subtree: true, characterData: true });
    });
    run.click();
    return shown;
}"""


def copy_site(folder: Path, *, jspi: bool, snapshot: bool) -> None:
    """Copy the built site, with the bench's page and without what this kind of run does without."""
    shutil.copytree(SITE, folder, copy_function=os.link)
    (folder / "bench").mkdir()
    for name in ("bench.html", "plain-worker.js"):
        shutil.copy(HERE / name, folder / "bench")
    shutil.copy(COMLINK, folder / "bench" / "comlink.mjs")
    page = folder / PAGE
    sources = iter((CODE, STUBBORN))
    text = NEEDS.sub('data-needs=""', page.read_text(encoding="utf8"))
    changed = {page: SOURCE.sub(lambda found: found[1] + json.dumps(next(sources)) + found[3], text, count=2)}
    if not jspi:
        workers = [worker for pattern in WORKERS for worker in folder.glob(pattern)]
        changed |= {worker: WITHOUT_JSPI + worker.read_text(encoding="utf8") for worker in workers}
    if not snapshot:
        [kernel] = folder.glob("_static/overlap/kernel-*.json")
        config = json.loads(kernel.read_text(encoding="utf8"))
        del config["snapshot"]
        changed[kernel] = json.dumps(config)
    for file, text in changed.items():
        file.unlink()  # a link to the site's own file
        file.write_text(text, encoding="utf8")


#: Playwright's page, or one of tools.webdriver, which does the same for what is used here.
AnyPage = Any


class Cell:
    """This site: Run and Stop of the cells of PAGE."""

    def open(self, page: AnyPage, address: str) -> None:
        """Open the page whose cells run."""
        page.goto(address + PAGE)
        page.get_by_role("button", name="Run all").wait_for()

    def click(self, page: AnyPage) -> float:
        """Run CODE. Milliseconds until its text is there."""
        return float(page.evaluate(FIRST_TEXT))

    def run_and_stop(self, page: AnyPage) -> None:
        """Run what only a new Python can stop, and press Stop."""
        stubborn = cell(page, 2)
        stubborn.get_by_role("button", name="Run", exact=True).click()
        stubborn.get_by_text("begins", exact=True).wait_for()
        stubborn.get_by_role("button", name="Stop", exact=True).click()
        wait_for_state(page, 2, "stopped")


class Peer:
    """One of the other ways, as bench.html has them."""

    def __init__(self, which: str) -> None:
        self.which = which

    def open(self, page: AnyPage, address: str) -> None:
        """Open the page of the bench and wait for its script."""
        page.goto(f"{address}bench/bench.html")
        page.wait_for_function("() => Boolean(window.bench)")

    def click(self, page: AnyPage) -> float:
        """Start Python and run CODE. Milliseconds until its text is there."""
        [stock_worker] = SITE.glob(STOCK_WORKER)
        worker = stock_worker.relative_to(SITE / "lite").as_posix()
        click = "([which, code, worker]) => bench[which](code, worker)"
        return float(page.evaluate(click, [self.which, CODE, worker]))

    def run_and_stop(self, page: AnyPage) -> None:
        """Run CODE, and end what ran it."""
        self.click(page)
        page.evaluate("() => bench.end()")


# Label, how, and whether from the site with the snapshot.
WAYS: dict[str, tuple[Cell | Peer, bool]] = {
    "JupyterLite REPL in a frame": (Peer("repl"), True),
    "JupyterLite kernel in a worker": (Peer("stock"), True),
    "Pyodide, no kernel": (Peer("plain"), True),
    "this site, usual start": (Cell(), False),
    "this site, snapshot": (Cell(), True),
}
OURS = "this site, snapshot"


@dataclass
class Figures:
    """What was measured of one way: milliseconds by round, and the bytes of a first visit."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    after_stop: list[float] = field(default_factory=list)
    bytes: int = 0


@contextlib.contextmanager
def opened(context: BrowserContext, way: Cell | Peer, address: str) -> Iterator[Page]:
    """Open a page of this way, loaded, for one measurement."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    way.open(page, address)
    yield page
    page.close()


def visit_first(browser: Browser, way: Cell | Peer, address: str) -> tuple[float, int]:
    """Click with empty caches. Return milliseconds, and the bytes that the whole visit receives."""
    context = browser.new_context()
    received: list[int] = []
    context.on("requestfinished", lambda request: received.append(request.sizes()["responseBodySize"]))
    with opened(context, way, address) as page:
        took = way.click(page)
        page.wait_for_load_state("networkidle")
    context.close()
    return took, sum(received)


def measure(browser: Browser, sites: dict[bool, str], rounds: int) -> dict[str, Figures]:
    """Return the figures of each way, measured in one round of all ways after the other."""
    measured = {label: Figures() for label in WAYS}
    contexts = {label: browser.new_context() for label in WAYS}
    for number in range(rounds + 1):
        for label, (way, snapshot) in WAYS.items():
            address = sites[snapshot]
            cold, size = visit_first(browser, way, address)
            with opened(contexts[label], way, address) as page:
                warm = way.click(page)
            with opened(contexts[label], way, address) as page:
                way.run_and_stop(page)
                after_stop = way.click(page)
            if number:
                figures = measured[label]
                figures.cold.append(cold)
                figures.warm.append(warm)
                figures.after_stop.append(after_stop)
                figures.bytes = size
    for context in contexts.values():
        context.close()
    return measured


def measure_engine(name: str, sites: dict[bool, str], rounds: int) -> dict[str, Figures]:
    """Return the same figures for Firefox or WebKit, without bytes. Its caches end with it."""
    measured = {label: Figures() for label in WAYS}
    for number in range(rounds + 1):
        for label, (way, snapshot) in WAYS.items():
            took = []
            with webdriver.launched_engine(name) as driver:
                page = webdriver.Page(driver)
                page.timeout = 120
                for _ in ("cold", "warm"):
                    way.open(page, sites[snapshot])
                    took.append(way.click(page))
                way.open(page, sites[snapshot])
                way.run_and_stop(page)
                took.append(way.click(page))
            if number:
                figures = measured[label]
                for times, ms in zip((figures.cold, figures.warm, figures.after_stop), took, strict=True):
                    times.append(ms)
    return measured


HEADING = (
    f"{'':31} {'cold':>8} {'warm':>8} {'(fastest-slowest)':>18} {'after Stop':>11}"
    f" {'ratio, warm':>12} {'after Stop':>11} {'MB':>5}"
)


def table(measured: dict[str, Figures]) -> str:
    """Return the figures as text. The ratios say how many times as long as this site a way takes."""
    median = statistics.median
    ours = measured[OURS]
    lines = []
    for label, figures in measured.items():
        cold, warm, after_stop = (median(times) for times in (figures.cold, figures.warm, figures.after_stop))
        spread = f"({min(figures.warm):.0f}-{max(figures.warm):.0f})"
        lines.append(
            f"{label:31} {cold:5.0f} ms {warm:5.0f} ms {spread:>18} {after_stop:8.0f} ms"
            f" {warm / median(ours.warm):11.1f}x {after_stop / median(ours.after_stop):10.1f}x"
            f" {figures.bytes / 1e6:5.1f}"
        )
    return "\n".join(lines)


@contextlib.contextmanager
def served_copies(*, jspi: bool) -> Iterator[dict[bool, str]]:
    """Serve the site with and without the snapshot: address by whether it has it."""
    with contextlib.ExitStack() as stack:
        sites = {}
        for snapshot in (True, False):
            parent = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=SITE.parent)))
            copy_site(parent / "site", jspi=jspi, snapshot=snapshot)
            sites[snapshot] = stack.enter_context(served_site(parent / "site")).address
        yield sites


def main() -> None:
    """Measure in Chromium with and without stack switching, in Firefox and in WebKit; print the tables."""
    parser = argparse.ArgumentParser(prog="make bench", description="Time a click on Run.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument(
        "--engines", nargs="+", default=["chromium", "firefox", "webkit"], help="in which browsers"
    )
    options = parser.parse_args()
    rounds: int = options.rounds
    if "chromium" in options.engines:
        with launched_browser(as_readers_have=True) as browser:
            print(f"{browser.browser_type.name} {browser.version}, {os.cpu_count()} cores, {rounds} rounds\n")
            for jspi in (True, False):
                with served_copies(jspi=jspi) as sites:
                    measured = measure(browser, sites, rounds)
                print("With stack switching (JSPI)" if jspi else "Without stack switching")
                print(HEADING, table(measured), sep="\n")
    for name, find in ("firefox", find_firefox), ("webkit", find_webkit):
        if name not in options.engines:
            continue
        if find() is None:
            print(f"\nNot measured in {name}, which is not here. Run: make engines")
            continue
        with served_copies(jspi=True) as sites:
            measured = measure_engine(name, sites, rounds)
        print(f"\n{name}, {os.cpu_count()} cores, {rounds} rounds", HEADING, table(measured), sep="\n")


if __name__ == "__main__":
    main()
