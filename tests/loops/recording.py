"""How many of CPython's tests pass, as the page *How this guide is made* and README.md say it.

The numbers are in `book/recordings/loops.json`. `make record-loops` writes them; every other run compares,
when it has the same tests.
"""

import json
import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "book" / "recordings" / "loops.json"
README = ROOT / "README.md"
SENTENCE = re.compile(r"^CPython [\d.]+'s own tests of asyncio: .*", re.MULTILINE)


def numbers(tests: str, rows: dict[str, list[str]], differ: set[str]) -> dict[str, int | str]:
    """Return what is recorded of a run: which tests, how many count, how many do as on CPython's loop."""
    count = sum(row[0] in ("passed", "failed") for row in rows.values())
    return {"tests": tests, "count": count, "same": count - len(differ)}


def sentence(recorded: dict[str, dict[str, int | str]]) -> str:
    """Return what README.md says."""
    kinds = ("page", "virtual", "traced")
    page, virtual, traced = (f"{recorded[kind]['same']:,} of {recorded[kind]['count']:,}" for kind in kinds)
    return (
        f"CPython {recorded['page']['tests']}'s own tests of asyncio: {page} async test cases pass on the "
        f"page's loop, {virtual} tests on the virtual loop, {traced} with the tracer on; "
        "`tests/loops/expected.toml` says why the others differ."
    )


def check(kind: str, tests: str, rows: dict[str, list[str]], differ: set[str]) -> None:
    """Compare a run with the recording, or record it."""
    recorded = json.loads(RECORDING.read_text("utf8")) if RECORDING.exists() else {}
    now = numbers(tests, rows, differ)
    if os.environ.get("OVERLAP_RECORD_LOOPS"):
        recorded[kind] = now
        RECORDING.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n", "utf8")
        README.write_text(SENTENCE.sub(sentence(recorded), README.read_text("utf8")), "utf8")
    elif recorded[kind]["tests"] == tests:
        assert now == recorded[kind], "Run `make record-loops`."
