"""Find a browser for the tests, and install one if that is allowed.

Debian's Chromium without a window first; else an installed Chromium or Chrome; else Playwright's
own; else Debian's package, when running as root; else say exactly what to do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

# The same engine, which does half the work for a page: it has no window to draw.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser(as_readers_have: bool = False) -> str | None:
    """Path of a Chromium or Chrome, or None. ``OVERLAP_BROWSER`` wins.

    What is measured for readers is measured in the browser that they have: not without a window.
    """
    if chosen := os.environ.get("OVERLAP_BROWSER"):
        return chosen
    for name in NAMES if as_readers_have else (SHELL, *NAMES):
        if found := shutil.which(name):
            return found
    for path in MAC:
        if Path(path).exists():
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_browser() -> bool:
    """Install Playwright's Chromium, or Debian's package; True if one of them worked."""
    print("No Chromium or Chrome found; installing Playwright's.", flush=True)
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"]).returncode == 0:
        return True
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("That failed; installing Debian's package.", flush=True)
        subprocess.run(["apt-get", "update", "-qq"])
        # Some tests want a whole browser: only that keeps a page for Back.
        command = ["apt-get", "install", "-y", "-qq", "chromium"]
        return any(subprocess.run([*command, *more]).returncode == 0 for more in ([SHELL], []))
    return False


def main() -> int:
    """Print the browser's path; exit 1 with instructions if there is none."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--install", action="store_true", help="install one if none is found")
    options = arguments.parse_args()
    browser = find_browser()
    if browser is None and options.install and install_browser():
        browser = find_browser()
    if browser is None:
        print(
            "The tests need a browser. Install Chromium (Debian, Ubuntu: `sudo apt install "
            "chromium`; macOS: `brew install --cask chromium`), or set OVERLAP_BROWSER to the "
            "path of a Chromium or Chrome.",
            file=sys.stderr,
        )
        return 1
    print(f"Browser for the tests: {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
