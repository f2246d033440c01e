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
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.config import Config

HIDDEN = {"skip-in-page", "remove-input", "remove-cell"}
KERNEL_SETTINGS = 'c = get_config()\nc.InteractiveShellApp.extensions = ["overlap_cells"]\n'


def prepare_kernel(app: Sphinx, config: Config) -> None:
    """Give the kernels settings of their own, whatever the settings of this user's IPython are."""
    folder = Path(app.outdir).parent / ".ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS, encoding="utf8")
    os.environ["IPYTHONDIR"] = str(folder)
    os.environ["OVERLAP_CELL_PLAN"] = str(folder / "cell-plan.json")


def write_plan(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write down the cells of the page that is read, and executed, next (``source-read``)."""
    plan, number = [], 0
    if "{code-cell}" in source[0]:
        for cell in read_myst_markdown_notebook(source[0]).cells:
            if cell.cell_type != "code":
                continue
            tags = set(cell.metadata.get("tags", []))
            runnable = not tags & HIDDEN
            number += runnable
            plan.append(
                {
                    "fingerprint": hashlib.sha256(cell.source.encode()).hexdigest(),
                    "number": number if runnable else None,
                    "timeline": "timeline" in tags,
                    "virtual": "virtual-time" in tags,
                }
            )
    Path(os.environ["OVERLAP_CELL_PLAN"]).write_text(json.dumps(plan), encoding="utf8")


def setup(app: Sphinx) -> None:
    """Connect to the build; after ``parts``, which writes cells too."""
    app.connect("config-inited", prepare_kernel)
    app.connect("source-read", write_plan, priority=900)
