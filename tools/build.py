"""Build the site into ``_build/html``: warnings are errors, and stay errors.

Sphinx does not read an unchanged page again, so a second build would pass over
a warning of the first. After a build with problems the next one starts by
reading every page (cells are not executed again: their runs are cached).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "_build" / ".doctrees" / "environment.pickle"


def build(jobs: int = 1) -> int:
    """Run Jupyter Book, which runs the cells of ``jobs`` pages at a time; return its exit status."""
    # `python -c` rather than the console script: it puts the root on the path.
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        ".",
        "-n",
        "-W",
        "--keep-going",
    ]
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, "OVERLAP_JOBS": str(jobs)}).returncode
    if status:
        ENVIRONMENT.unlink(missing_ok=True)
    return status


if __name__ == "__main__":
    sys.exit(build())
