"""Lock every dependency anew (``make lock``): Python, the kernel's wheels, npm.

One universal lock with hashes serves Python 3.11 to 3.15. No lock records a
download address, so that any mirror can serve them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tools.running import named_pythons

ROOT = Path(__file__).parents[1]
LITE_CONSTRAINTS = ROOT / "book" / "lite" / "constraints.txt"
OLDEST_PYTHON = named_pythons()[0]


def lock_python() -> None:
    """Write requirements.txt, requirements-dev.txt and requirements-recipes.txt."""
    for name, extra in (
        ("requirements", []),
        ("requirements-dev", ["-c", "requirements.txt"]),
        ("requirements-recipes", []),
    ):
        subprocess.run(
            [
                "uv",
                "pip",
                "compile",
                "--upgrade",
                "--universal",
                "--python-version",
                OLDEST_PYTHON,
                "--generate-hashes",
                "--no-annotate",
                "--quiet",
                "--custom-compile-command",
                "make lock",
                f"{name}.in",
                *extra,
                "--output-file",
                f"{name}.txt",
            ],
            cwd=ROOT,
            check=True,
        )


def lock_kernel() -> None:
    """Let JupyterLite resolve the kernel's wheels without constraints, and keep the result."""
    built = ROOT / "_build" / "lite-dir" / LITE_CONSTRAINTS.name
    LITE_CONSTRAINTS.unlink(missing_ok=True)
    built.unlink(missing_ok=True)
    subprocess.run([sys.executable, str(ROOT / "tools" / "build.py")], check=True)
    lines = [
        line.replace(" ==", "==")
        for line in built.read_text(encoding="utf8").splitlines()
        if line and not re.match(r"#|overlap-", line)
    ]
    note = "# The kernel's wheels, so that builds repeat. `make lock` writes it anew.\n"
    LITE_CONSTRAINTS.write_text(note + "\n".join(lines) + "\n", encoding="utf8")


def lock_npm() -> None:
    """Write book/web/package-lock.json, and see that it can be installed from."""
    web = ROOT / "book" / "web"
    subprocess.run(["npm", "update", "--package-lock-only"], cwd=web, check=True)
    # A registry may offer a package without the optional ones that it names; the lock then has a gap.
    subprocess.run(["npm", "ci", "--dry-run", "--silent"], cwd=web, check=True)


if __name__ == "__main__":
    # uv, node and npm are beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    lock_python()
    lock_npm()
    lock_kernel()
    print("Locked. Install with `make html`, then run `make test`.")
