"""Find a browser for the tests, and install one if that is allowed.

Debian's Chromium without a window first; else an installed Chromium or Chrome; else Playwright's
own; else Debian's package, when running as root; else say exactly what to do. With ``--engines`` the same
for Firefox and WebKit, which only the tests in tests/browser/engines need.
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


def find_firefox() -> str | None:
    """Path of a Firefox that can be driven: 140 or newer, and no snap."""
    for name in ("firefox-esr", "firefox"):
        # Ubuntu's is a snap, which cannot read a profile that is not in its own folders.
        if (found := shutil.which(name)) and not Path(found).resolve().is_relative_to("/snap"):
            return found
    return None


def find_webkit() -> str | None:
    """Path of WebKitGTK's small browser, if there are its driver and a screen for it."""
    if not (shutil.which("WebKitWebDriver") and shutil.which("Xvfb")):
        return None
    places = Path("/usr").glob("lib*/**/webkit2gtk-4.1/MiniBrowser")
    return next((str(path) for path in places), None)


# What is missing without them: a Firefox; WebKitGTK's driver, which brings the browser, and a screen for it.
ENGINES = {
    "Firefox": (find_firefox, ("firefox-esr",)),
    "WebKit": (find_webkit, ("webkit2gtk-driver", "xvfb")),
}


def prepare_engines(install: bool) -> None:
    """Say which of Firefox and WebKit there are; get Debian's packages of the others, if allowed."""
    missing = {name: packages for name, (find, packages) in ENGINES.items() if find() is None}
    if missing and install and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {' and '.join(missing)} for the tests.", flush=True)
        subprocess.run(["apt-get", "update", "-qq"])
        for packages in missing.values():  # one by one: Ubuntu has no firefox-esr
            subprocess.run(["apt-get", "install", "-y", "-qq", *packages])
    for name, (find, packages) in ENGINES.items():
        print(
            f"{name} for the tests: {found}"
            if (found := find())
            else f"No {name} that tests can drive: its tests are skipped. Debian: `sudo apt install "
            f"{' '.join(packages)}`. Elsewhere: `python -m playwright install firefox webkit`, "
            "and run the tests with OVERLAP_ENGINES=playwright."
        )


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
    arguments.add_argument("--engines", action="store_true", help="find Firefox and WebKit")
    options = arguments.parse_args()
    if options.engines:
        if os.environ.get("OVERLAP_ENGINES") != "playwright":
            prepare_engines(options.install)
        return 0
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
