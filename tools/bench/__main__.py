"""Side by side: how long a click waits for the first output of an async cell.

    python -m tools.bench              seven rounds, prints a table
    python -m tools.bench --rounds 15

Five ways to run Python in a page, all from the built site, in the same browser, in turns, so
that whatever else the machine does meets all of them: JupyterLite's REPL in a frame, its
kernel alone in a worker, Pyodide without a kernel, and this site's cell from the snapshot and
without it. The HTTP cache is warm: a round before the first one is not counted. Times are
medians, from the click to the first text; only their ratios mean something elsewhere. The
bytes are those of a first visit, as sent.
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
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tools.browser import ROOT, SITE, launched_browser, served_site

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

#: The source of a page's first runnable cell.
SOURCE = re.compile(r"(<script[^>]*data-source[^>]*>)(.*?)(</script>)", re.DOTALL)

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
    """The built site with the bench's page, and without what this kind of run does without."""
    shutil.copytree(SITE, folder, copy_function=os.link)
    (folder / "bench").mkdir()
    for name in ("bench.html", "plain-worker.js"):
        shutil.copy(HERE / name, folder / "bench")
    shutil.copy(COMLINK, folder / "bench" / "comlink.mjs")
    home = folder / "index.html"
    text = home.read_text(encoding="utf8")
    changed = {home: SOURCE.sub(lambda found: found[1] + json.dumps(CODE) + found[3], text, count=1)}
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


def click_run(page: Page, address: str) -> float:
    """This site: press Run in the first cell of the home page, which has CODE. Milliseconds."""
    page.goto(address)
    return page.evaluate(FIRST_TEXT)


def click_bench(which: str) -> Callable[[Page, str], float]:
    """One of the other ways, as bench.html has them."""
    [stock_worker] = SITE.glob(STOCK_WORKER)
    worker = stock_worker.relative_to(SITE / "lite").as_posix()

    def click(page: Page, address: str) -> float:
        page.goto(f"{address}bench/bench.html")
        page.wait_for_function("window.bench")
        return page.evaluate("([which, code, worker]) => bench[which](code, worker)", [which, CODE, worker])

    return click


# Label, how to click, and whether from the site with the snapshot.
WAYS: dict[str, tuple[Callable[[Page, str], float], bool]] = {
    "JupyterLite REPL in a frame": (click_bench("repl"), True),
    "JupyterLite kernel in a worker": (click_bench("stock"), True),
    "Pyodide, no kernel": (click_bench("plain"), True),
    "this site, usual start": (click_run, False),
    "this site, snapshot": (click_run, True),
}
OURS = "this site, snapshot"


@contextlib.contextmanager
def measured_context(browser: Browser) -> Iterator[tuple[BrowserContext, list[int]]]:
    """A browser context with an empty cache, and the bytes that its pages receive."""
    context = browser.new_context()
    received: list[int] = []
    context.on("requestfinished", lambda request: received.append(request.sizes()["responseBodySize"]))
    yield context, received
    context.close()


def measure(browser: Browser, sites: dict[bool, str], rounds: int) -> dict[str, list[float]]:
    """Times in milliseconds of each way, a round of all ways after the other."""
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    contexts = {way: browser.new_context() for way in WAYS}
    for number in range(rounds + 1):
        for way, (click, snapshot) in WAYS.items():
            page = contexts[way].new_page()
            page.set_default_timeout(120_000)
            took = click(page, sites[snapshot])
            page.close()
            if number:
                times[way].append(took)
    for context in contexts.values():
        context.close()
    return times


def first_visit_bytes(browser: Browser, sites: dict[bool, str]) -> dict[str, int]:
    """Bytes sent for a first visit with a run, the page itself included."""
    sizes = {}
    for way, (click, snapshot) in WAYS.items():
        with measured_context(browser) as (context, received):
            page = context.new_page()
            page.set_default_timeout(120_000)
            click(page, sites[snapshot])
            page.wait_for_load_state("networkidle")
            sizes[way] = sum(received)
    return sizes


def table(times: dict[str, list[float]], sizes: dict[str, int] | None) -> str:
    """The figures as text: median, range, and how many times as long as this site takes."""
    ours = statistics.median(times[OURS])
    lines = [f"{'':32} {'median':>8} {'fastest':>8} {'slowest':>8} {'ratio':>6} {'MB':>6}"]
    for way, taken in times.items():
        median = statistics.median(taken)
        size = f"{sizes[way] / 1e6:6.1f}" if sizes else ""
        figures = [f"{figure:5.0f} ms" for figure in (median, min(taken), max(taken))]
        lines.append(f"{way:32} {' '.join(figures)} {median / ours:5.1f}x {size}".rstrip())
    return "\n".join(lines)


def main() -> None:
    """Measure in browsers with and without stack switching, and print both tables."""
    parser = argparse.ArgumentParser(prog="make bench", description="Time a click on Run.")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (default 7)")
    rounds = parser.parse_args().rounds
    with launched_browser() as browser:
        print(f"{browser.browser_type.name} {browser.version}, {os.cpu_count()} cores, {rounds} rounds\n")
        for jspi in (True, False):
            with contextlib.ExitStack() as stack:
                sites = {}
                for snapshot in (True, False):
                    parent = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=SITE.parent)))
                    copy_site(parent / "site", jspi=jspi, snapshot=snapshot)
                    sites[snapshot] = stack.enter_context(served_site(parent / "site")).address
                times = measure(browser, sites, rounds)
                sizes = first_visit_bytes(browser, sites) if jspi else None
            print("With stack switching (JSPI)" if jspi else "\nWithout stack switching")
            print(table(times, sizes))


if __name__ == "__main__":
    main()
