"""Build the site into ``_build/html``: warnings are errors, and stay errors.

Sphinx does not read an unchanged page again, so a second build would pass over
a warning of the first. After a build with problems the next one starts by
reading every page (cells are not executed again: their runs are cached).

Nothing is done when nothing that the site is made from has changed since a build without problems.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "_build" / ".doctrees" / "environment.pickle"
#: What the site was last built from, without problems.
BUILT = ROOT / "_build" / "site-built.txt"
SITE = ROOT / "_build" / "html" / "index.html"

#: What the site is made from, besides the history of the repository, which pages show.
SOURCES = (
    *("book", "notebooks", "recipes", "reference", "concepts", "scripts", "_build/web"),
    *("_config.yml", "_toc.yml", "requirements.txt", "pyproject.toml"),
)
#: Folders below these that tools write into.
PASSED_OVER = {"__pycache__", "node_modules"}


def sources_stamp() -> str:
    """Return a hash of what the site is made from: names, sizes and dates of files, Python, settings.

    The commit is part of it: pages name the day of their last change.
    """
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    digest.update(
        repr(sorted(item for item in os.environ.items() if item[0].startswith("OVERLAP_"))).encode()
    )
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    digest.update(commit.stdout)
    for source in SOURCES:
        for folder, folders, names in os.walk(ROOT / source):
            folders[:] = sorted(set(folders) - PASSED_OVER)
            for name in sorted(names):
                _add(digest, Path(folder, name))
        if (ROOT / source).is_file():
            _add(digest, ROOT / source)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, file: Path) -> None:
    stat = file.stat()
    digest.update(f"{file} {stat.st_size} {stat.st_mtime_ns}\n".encode())


def is_current(stamp: str) -> bool:
    """Return whether the site was built from the sources that have this stamp."""
    return SITE.is_file() and BUILT.is_file() and BUILT.read_text(encoding="utf8") == stamp


def build(jobs: int = 1) -> int:
    """Run Jupyter Book, which runs the cells of ``jobs`` pages at a time; return its exit status."""
    stamp = sources_stamp()  # before: what changes during the build is not in it
    if is_current(stamp):
        print("Nothing has changed since the last build.")
        return 0
    BUILT.unlink(missing_ok=True)
    # `python -c` rather than the console script: it puts the root on the path. jsonschema does without the
    # module, which compiles 38 grammars when it is imported: a second of each build.
    command = [
        sys.executable,
        "-c",
        "import sys; sys.modules['rfc3987_syntax'] = None; from jupyter_book.cli.main import main; main()",
        "build",
        ".",
        "-n",
        "-W",
        "--keep-going",
    ]
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, "OVERLAP_JOBS": str(jobs)}).returncode
    if status:
        ENVIRONMENT.unlink(missing_ok=True)
    else:
        BUILT.write_text(stamp, encoding="utf8")
    return status


if __name__ == "__main__":
    sys.exit(build())
