"""Loaded into the kernel that executes a page: does what a cell's tags ask for.

A kernel gets the code of a cell and not its tags. So the build writes a plan first (see
``cell_runs.py``): the cells of the page in their order, with what to do for each.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from IPython.display import display
from overlap_contract import CELL_FILE_PREFIX
from overlap_trace.notebook import Cells, CellTrace, Options


class Plan:
    """Goes through the plan cell by cell, and remembers which file in tracebacks is which cell."""

    def __init__(self, shell: Any, entries: list[dict[str, Any]]) -> None:
        self.rest = entries
        self.entry: dict[str, Any] | None = None
        self.names: dict[str, str] = {}
        shell.events.register("pre_run_cell", self.begin)

    def begin(self, info: Any) -> None:
        """Find the cell that is about to run; some of the plan are not executed."""
        fingerprint = hashlib.sha256(info.raw_cell.encode()).hexdigest()
        found = [n for n, entry in enumerate(self.rest) if entry["fingerprint"] == fingerprint]
        self.entry = self.rest[found[0]] if found else None
        if found:
            self.rest = self.rest[found[0] + 1 :]

    def options(self) -> Options:
        """Return what the page asks for in the running cell."""
        if self.entry is None:
            return Options(timeline=False)
        return Options(timeline=self.entry["timeline"], virtual=self.entry["virtual"])


class NamedCells(Cells):
    """Cells that know their number on the page."""

    def __init__(self, shell: Any, plan: Plan) -> None:
        super().__init__(shell, plan.options, show, self.name)
        self.plan = plan

    async def _run(self, nodes: Iterable[ast.AST], cell_name: str, *args: Any, **kwargs: Any) -> Any:
        if self.plan.entry and self.plan.entry["number"]:
            self.plan.names[cell_name] = f"{CELL_FILE_PREFIX}{self.plan.entry['number']}"
        return await super()._run(nodes, cell_name, *args, **kwargs)

    def name(self, filename: str) -> str:
        """Return how the page calls the code in this file."""
        return self.plan.names.get(filename, "")


def show(cell: CellTrace) -> None:
    """Draw what a cell did, below it."""
    display(cell.timeline())


def load_ipython_extension(shell: Any) -> None:
    """Prepare the kernel; IPython calls this when the kernel starts."""
    streams: list[Any] = [sys.stdout, sys.stderr]
    for stream in streams:
        # Sent at the end of the cell, not after 0.2 s: MyST-NB puts an empty line where a
        # line was sent in two pieces.
        stream.flush_interval = 3600
    path = os.environ.get("OVERLAP_CELL_PLAN")
    if path and Path(path).is_file():
        NamedCells(shell, Plan(shell, json.loads(Path(path).read_text(encoding="utf-8"))))
