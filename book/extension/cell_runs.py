"""How the cells of a page are run at build: their tags, told to the kernel that runs them.

``timeline``: the run is traced, and its drawing is part of the recorded output. So the
picture and the text under a cell are of one and the same run.
``virtual-time``: the cell runs on a clock that jumps from timer to timer.

The runner does the same in the page.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from pathlib import Path

from overlap_contract import TAGS
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from book.examples.scripts import ROOT, SCRIPTS

from . import page_plan
from .own_packages import FOR_CELLS

KERNEL_SIDE = Path(__file__).parent / "kernel"
# Without a history: kernels that run at the same time would wait for its file, and say so in outputs.
KERNEL_SETTINGS = """\
c = get_config()
c.InteractiveShellApp.extensions = ["overlap_cells"]
c.HistoryManager.enabled = False
"""
# For the programs that the build starts.
PLAN_FILE = "OVERLAP_CELL_PLAN"


def prepare_kernel(app: Sphinx, config: Config) -> None:
    """Give the kernels settings and packages of their own, whatever this user's are (``config-inited``)."""
    folder = Path(app.outdir).parent / ".ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS, encoding="utf8")
    os.environ["IPYTHONDIR"] = str(folder)
    os.environ[PLAN_FILE] = str(folder / "cell-plan.json")
    paths = [*map(str, FOR_CELLS), str(KERNEL_SIDE), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # The timeline says what the reader's machine did, not how the kernel was started.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"


class StaleRuns:
    """Runs of cells that are out of date: dropped from the cache, and their pages read again."""

    def __init__(self) -> None:
        self.found = False

    def drop(self, app: Sphinx, config: Config) -> None:
        """Empty the cache if what the cells run on has changed (``config-inited``)."""
        cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
        stamp_file, stamp = cache.with_name(".cells-stamp"), _execution_stamp()
        self.found = not stamp_file.exists() or stamp_file.read_text() != stamp
        if self.found:
            shutil.rmtree(cache, ignore_errors=True)
            stamp_file.parent.mkdir(parents=True, exist_ok=True)
            stamp_file.write_text(stamp)

    def pages(
        self, app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
    ) -> list[str]:
        """Return all pages if what their cells run on has changed (``env-get-outdated``)."""
        return sorted(env.found_docs) if self.found else []


def _execution_stamp() -> str:
    """Return what changes with what the cells run on: Python, our packages, recordings they draw."""
    digest = hashlib.sha256(platform.python_version().encode())
    sources = [(folder, names) for folder in (*FOR_CELLS, KERNEL_SIDE) for names in ("*.py", "*.json")]
    sources += [(SCRIPTS, "*.out"), (SCRIPTS, "*.spans.json"), (ROOT / "tests" / "scripts", "said.json")]
    for path in sorted(path for folder, names in sources for path in folder.rglob(names)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_plan(plan: page_plan.PagePlan, file: Path) -> None:
    """Write down the cells of a page for the kernel that runs them."""
    entries = [
        {
            "fingerprint": hashlib.sha256(cell.executed.encode()).hexdigest(),
            "number": cell.number,
            "timeline": TAGS.timeline in cell.tags,
            "virtual": TAGS.virtual_time in cell.tags,
        }
        for cell in plan.code
    ]
    file.write_text(json.dumps(entries), encoding="utf8")


def plan_next(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write the plan of the page that is executed next (``source-read``, after ``page_plan``)."""
    write_plan(page_plan.PLANS.of(app.env)[docname], Path(os.environ[PLAN_FILE]))


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    stale = StaleRuns()
    app.connect("config-inited", prepare_kernel)
    app.connect("config-inited", stale.drop)
    app.connect("env-get-outdated", stale.pages)
    app.connect("source-read", plan_next)
