"""Run the Node.js programs of ``book/web`` that take part in the build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError

WEB = Path(__file__).parents[1] / "web"


def run_node(script: Path, *arguments: str | Path, makes: str) -> str:
    """Run ``script`` with Node.js and return what it printed.

    ``makes`` says what it is for, in the plural: "the site's styles". Raises ExtensionError with
    that and with what the script said, when Node.js is missing or the script fails.
    """
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=beside_python)
    if node is None:
        raise ExtensionError(f"Node.js is needed for {makes}. `make html` installs it.")
    done = subprocess.run([node, script, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise ExtensionError(
            f"{makes[0].upper()}{makes[1:]} could not be made ({script.relative_to(WEB.parents[1])}):\n"
            f"{done.stderr or done.stdout}"
        )
    return done.stdout.strip()
