"""Run something in the kernel that the built site has, on the page's loop, in Node."""

import json
import os
import subprocess
from typing import Any

from tests.unit.snapshot.test_snapshot import LITE, RESTORE, ROOT

START = f"""
async def main(kernel):
    import sys
    from types import SimpleNamespace
    from overlap_page.kernel import install

    def nothing(*arguments):
        pass

    interrupt = SimpleNamespace(due=lambda: False, heard=nothing)
    page = SimpleNamespace(interrupt=interrupt, stream=nothing, full=nothing, timeline=nothing)
    install(kernel.interpreter, page)
    sys.dont_write_bytecode = True
    sys.path.append("/mounted{ROOT}")
    try:
        return {{"answer": await work()}}
    except BaseException:
        import traceback
        return {{"error": traceback.format_exc()}}

async def work():
"""


def answer_of_page(node: list[str], code: str) -> Any:
    """Return what `code`, the body of a coroutine function, returns. `/mounted` has all files here."""
    snapshots = sorted((ROOT / "_build" / "snapshot").glob("*/snapshot.json"))
    assert snapshots, "There is no snapshot: run `make html`."
    newest = max(snapshots, key=lambda path: path.stat().st_mtime).parent
    done = subprocess.run(
        [*node, str(RESTORE), str(LITE), str(newest)],
        input=START + code,
        capture_output=True,
        text=True,
        timeout=560,
        env={**os.environ, "MOUNT": "/"},
    )
    assert done.stdout, done.stderr
    lines = done.stdout.splitlines()  # Pyodide prints, too
    told = json.loads(next((line for line in reversed(lines) if line.startswith("{")), "{}"))
    assert "value" in told, done.stdout[-3000:] + done.stderr[-3000:]
    assert "answer" in told["value"], told["value"]["error"]
    return told["value"]["answer"]
