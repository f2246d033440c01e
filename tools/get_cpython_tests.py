"""Fetch CPython's own tests of asyncio for the Pythons here that come without them (Debian).

    python -m tools.get_cpython_tests             those that `tests/loops` lacks
    python -m tools.get_cpython_tests 3.14        these

Most Pythons have their tests beside the standard library, in `Lib/test`; Debian's have them in a package of
its own. That is downloaded as `make pythons` does it, by way of the machine's own apt, which checks
signatures and hashes, into `_build/cpython-tests`, once. Where it is not to be had, the tests that need it
are skipped and say so.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tools.get_pythons import Archive, NotHere
from tools.running import UNPACKED, Interpreter, interpreters

FETCHED = UNPACKED.with_name("cpython-tests")
# The package `test` is in both.
PACKAGES = ("libpython{}-stdlib", "libpython{}-testsuite")
#: The release inside Pyodide: the page's loop is tested by its tests.
PAGES = "3.14"


def folder_of_tests(python: Interpreter) -> Path | None:
    """Return the folder that has the package `test` of a Python; None if there is none here."""
    tag = "{}.{}".format(*python.release)
    for folder in (Path(python.library), FETCHED / tag):
        if (folder / "test" / "test_asyncio" / "test_tasks.py").is_file():
            return folder
    return None


def page_tests() -> Path | None:
    """Return the folder that has the package `test` of the page's release; None if there is none here."""
    same = [python for python in interpreters() if python.tag == PAGES]
    folders = [folder for python in same if (folder := folder_of_tests(python))] or [FETCHED / PAGES]
    return folders[0] if (folders[0] / "test").is_dir() else None


def version_of(folder: Path) -> str:
    """Return of which version the tests in a folder are."""
    fetched = folder / "version"
    if fetched.exists():
        return fetched.read_text("utf8").strip()
    return next(python.version for python in interpreters() if Path(python.library) == folder)


def lacking() -> list[str]:
    """Return the releases whose tests are not here: 3.14 for instance."""
    releases = {
        "{}.{}".format(*python.release) for python in interpreters() if folder_of_tests(python) is None
    }
    return sorted(releases | ({PAGES} if page_tests() is None else set()))


def get(release: str, archive: Archive) -> str:
    """Fetch the tests of one release; return what they are. NotHere says why there are none."""
    folder = FETCHED / release
    with tempfile.TemporaryDirectory() as unpacked:
        version = archive.unpack_alone([name.format(release) for name in PACKAGES], Path(unpacked))
        found = Path(unpacked, "usr", "lib", f"python{release}", "test")
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("certdata", "support", "test_asyncio"):
            shutil.copytree(found / name, folder / "test" / name)
        for name in ("__init__.py", "test_asyncgen.py"):
            shutil.copy(found / name, folder / "test")
        (folder / "version").write_text(version.partition("-")[0], "utf8")
    return f"CPython's tests of asyncio, {version}, are in {folder}"


def main(releases: list[str]) -> int:
    """Fetch what is missing, as far as it is to be had."""
    archive = None
    with tempfile.TemporaryDirectory() as folder:
        for release in releases or lacking():
            try:
                archive = archive or Archive(Path(folder))
                print(get(release, archive), flush=True)
            except (NotHere, OSError) as error:
                print(f"CPython {release}'s own tests are not to be had: {error}.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
