"""What a reader with a phone sees, from the tap on Run to the first output.

    python -m tools.bench.phone

A window of 360 x 640 with touch, a line of 1.6 Mbit/s (latency 150 ms), and a processor four times slower:
the tab's process is stopped for three quarters of the time, its workers included. Prints what stands
below the cell, second by second, then the memory of the tab before Run, after it, and when Python
was given back. Linux only: it reads ``/proc``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tools.browser import ROOT, SITE, cell, launched_browser
from tools.site_server import PagesHandler, SiteServer

CONTRACT = ROOT / "book" / "contract" / "overlap_contract" / "contract.json"
GIVE_BACK_AFTER_MINUTES = json.loads(CONTRACT.read_text("utf8"))["give_back_after_minutes"]
PAGE = "notebooks/async.html"
BYTES_PER_SECOND = 200_000
LATENCY = 0.15
SLOWER = 4
PIECE = 8_000
# What stands below the cell now, and its state.
SHOWN = """() => {
    const cell = document.querySelector("[data-cell='1']");
    return [cell.dataset.state, cell.querySelector("[data-output=live]").innerText.trim().split("\\n")[0]];
}"""
HIDE = """() => {
    Object.defineProperty(document, "hidden", {value: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class _Line:
    """Carries so many bytes in a second, for all connections together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sent = 0

    def carry(self, count: int) -> None:
        with self.lock:
            time.sleep(count / BYTES_PER_SECOND)
            self.sent += count


class _SlowFile:
    def __init__(self, file: Any, line: _Line) -> None:
        self.file = file
        self.line = line

    def write(self, data: bytes) -> int:
        for start in range(0, len(data), PIECE):
            self.line.carry(len(data[start : start + PIECE]))
            self.file.write(data[start : start + PIECE])
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _SlowHandler(PagesHandler):
    line = _Line()

    def setup(self) -> None:
        super().setup()
        self.wfile: Any = _SlowFile(self.wfile, self.line)

    def do_GET(self) -> None:
        time.sleep(LATENCY)
        super().do_GET()


def _tab() -> int:
    """Return the process of the page: of the tabs that this program has opened, the biggest."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            ours = folder.name.isdigit() and b"--type=renderer" in (folder / "cmdline").read_bytes()
            if ours and os.getpid() in _parents(int(folder.name)):
                found.append(int(folder.name))
        except OSError:
            continue
    return max(found, key=_megabytes)


def _parents(process: int) -> list[int]:
    found = []
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        found.append(process)
    return found


def _megabytes(process: int) -> float:
    """Return the memory of a process, its share of what it shares included (PSS)."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0


def _slow_down(process: int, over: threading.Event) -> None:
    """Let a process work for a quarter of the time."""
    try:
        while not over.is_set():
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.01 * (SLOWER - 1))
            os.kill(process, signal.SIGCONT)
            time.sleep(0.01)
    except ProcessLookupError:
        return


def _watch(page: Page, line: _Line) -> None:
    began, before, last = time.monotonic(), line.sent, ""
    changed = began
    longest = 0.0
    cell(page, 1).get_by_role("button", name="Run", exact=True).tap()
    while True:
        state, text = page.evaluate(SHOWN)
        now = time.monotonic()
        if text != last:
            longest = max(longest, now - changed)
            changed = now
        if text != last and (text.split()[:2] != last.split()[:2] or int(now - began) % 5 == 0):
            print(f"{now - began:6.1f} s  {(line.sent - before) / 1e6:5.2f} MB  {state:9} {text}")
        last = text
        if state in ("done", "error", "failed"):
            break
        time.sleep(0.1)
    print(f"Longest time without a visible change: {longest:.1f} s")


def main() -> None:
    """Print the timeline and the memory."""
    server = SiteServer(SITE, handler=_SlowHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with launched_browser() as browser:
        context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
        context.set_default_timeout(300_000)
        page = context.new_page()
        began = time.monotonic()
        page.goto(server.address + PAGE)
        print(f"The page: {_SlowHandler.line.sent / 1e6:.2f} MB in {time.monotonic() - began:.1f} s")
        tab = _tab()
        print(f"Memory of the tab before Run: {_megabytes(tab):.0f} MB")
        over = threading.Event()
        slowing = threading.Thread(target=_slow_down, args=[tab, over])
        slowing.start()
        try:
            _watch(page, _SlowHandler.line)
        finally:
            over.set()
            slowing.join()
        print(f"After Run, with {len(page.workers)} worker: {_megabytes(tab):.0f} MB")
        page.clock.install()
        page.evaluate(HIDE)
        page.clock.fast_forward(GIVE_BACK_AFTER_MINUTES * 60_000)
        page.wait_for_function("() => document.documentElement.dataset.kernel === 'off'")
        page.request.get(server.address)  # a moment for the browser
        time.sleep(2)
        print(f"When Python was given back, with {len(page.workers)} workers: {_megabytes(tab):.0f} MB")
    server.shutdown()


if __name__ == "__main__":
    main()
