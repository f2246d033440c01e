"""The same programs give the same results in Pyodide as here, with and without stack switching."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.virtual.programs import report

ROOT = Path(__file__).parents[3]
PYODIDE = ROOT / "book/web/node_modules/pyodide"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")


@pytest.mark.skipif(not NODE or not PYODIDE.exists(), reason="the npm packages are not installed")
@pytest.mark.parametrize("mode", ["jspi", "plain"])
def test_results_in_pyodide_are_the_same(mode):
    """Orders of 40 random programs, counts of schedules, recorded steps, messages of errors."""
    script = Path(__file__).with_name("run_pyodide.mts")
    # Node 24 has stack switching behind this flag.
    flags = ["--experimental-wasm-jspi"] if mode == "jspi" else []
    done = subprocess.run(
        [NODE, *flags, str(script), str(PYODIDE), str(ROOT), mode],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["switching"] == (mode == "jspi"), "this node has no stack switching"
    expected = json.loads(json.dumps(asyncio.run(report())))
    assert answer["said"]["explored"][0]["bad"] == 12
    for part, value in expected.items():
        assert answer["said"][part] == value
