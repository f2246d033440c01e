"""Build the site into ``_build/html``: warnings are errors, and stay errors.

Sphinx does not read an unchanged page again, so a second build would pass over
a warning of the first. After a build with problems the next one starts by
reading every page (cells are not executed again: their runs are cached).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "_build" / ".doctrees" / "environment.pickle"


def build() -> int:
    """Run Jupyter Book; return its exit status."""
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
    status = subprocess.run(command, cwd=ROOT).returncode
    if status:
        ENVIRONMENT.unlink(missing_ok=True)
    return status


if __name__ == "__main__":
    sys.exit(build())
