"""Record the cells that only a browser can run (``make record-cells``).

Builds the site, opens each page that has such cells, presses *Run all* and
writes what they printed to ``book/recordings/``, named by the cell's source.
Recordings that no cell needs any more are deleted.
"""

from __future__ import annotations

import datetime
import json
import os
import sys

from book.examples.recording import Recording, RecordingError, fingerprint_of
from tools.browser import (
    ENDED,
    ROOT,
    SITE,
    attribute,
    cell,
    launched_browser,
    live_text,
    served_site,
    wait_for_state,
)
from tools.build import build

RECORDINGS = ROOT / "book" / "recordings"
BROWSER_ONLY = "tag_browser-only"


def main() -> int:
    """Record every browser-only cell; exit 1 if one did not end as it should."""
    os.environ["OVERLAP_RECORDING_CELLS"] = "1"
    # Other problems of the pages (reported above) do not change what a cell prints.
    build()
    RECORDINGS.mkdir(exist_ok=True)
    [listed] = (SITE / "_static" / "overlap").glob("kernel-*.json")
    kernel = json.loads(listed.read_text(encoding="utf8"))
    wanted: set[str] = set()
    failed = False
    with served_site() as server, launched_browser() as browser:
        for file in sorted(SITE.rglob("*.html")):
            if BROWSER_ONLY not in file.read_text(encoding="utf8"):
                continue
            name = file.relative_to(SITE).as_posix()
            page = browser.new_page()
            page.goto(server.address + name)
            page.get_by_role("button", name="Run all").click()
            for found in page.locator('[data-runs="browser"]').all():
                number = int(attribute(found, "data-cell"))
                state = wait_for_state(page, number, *ENDED)
                if BROWSER_ONLY not in attribute(found, "class"):
                    continue
                source = json.loads(found.locator("script[data-source]").text_content() or "")
                meant_to_fail = found.get_attribute("data-match") == "error"
                if state != ("error" if meant_to_fail else "done"):
                    print(f"{name}, cell {number}: ended as {state}\n{live_text(found)}", file=sys.stderr)
                    failed = True
                wanted.add(fingerprint_of(source))
                record(source, live_text(cell(page, number)), meant_to_fail, kernel["versions"])
                print(f"recorded {name}, cell {number}")
            page.close()
    for path in RECORDINGS.glob("*.out"):
        if path.stem not in wanted:
            path.unlink()
            print(f"deleted {path.name}: no page has its cell")
    return int(failed)


def record(source: str, text: str, meant_to_fail: bool, versions: dict[str, str]) -> None:
    """Write one recording, or only confirm its date if the old text is as good."""
    path = RECORDINGS / f"{fingerprint_of(source)}.out"
    try:
        old = Recording.read(path)
    except RecordingError:
        old = None
    new = Recording(
        kind="cell",
        source=fingerprint_of(source),
        python=versions["python"],
        build=f"Pyodide-{versions['pyodide']}",
        platform="Emscripten-wasm32",
        cores=1,
        date=datetime.date.today().isoformat(),
        match="masked",
        exit=int(meant_to_fail),
        command="Run",
        text=text,
    )
    if old is None or not old.accepts(text):
        new.write(path)


if __name__ == "__main__":
    sys.exit(main())
