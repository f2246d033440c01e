"""Unpack the Pythons that the guide names and this machine lacks (``make pythons``).

    python -m tools.get_pythons            those that are missing, of OVERLAP_PYTHONS or of pyproject.toml
    python -m tools.get_pythons 3.15       this one

They are Debian's packages, from its suites in the making, by way of the machine's own apt: it checks their
signatures, but its lists and its state are left alone and nothing is installed. A newer Python wants
a newer C library than the machine has, so each comes with all the libraries that it needs, in a folder of
its own in `_build/pythons`, and its binary is told to load these and no others. Needs neither root nor
any other Debian than the one that is there; where there is none, it says so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.running import (
    UNPACKED,
    interpreter,
    interpreters,
    missing_pythons,
    missing_sentence,
    parts_of,
    run_is_short_of_pythons,
    unpacked_python,
)

# apt takes the newest version of each package that either has.
SUITES = ("testing", "unstable")
KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")


class NotHere(Exception):
    """Why this machine cannot unpack a Python."""


def said_by(*command: str | Path, cwd: Path | None = None) -> str:
    """Return what a program printed. NotHere says what it complained of."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=cwd
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NotHere(f"{Path(command[0]).name}: {' '.join(last) or done.returncode}")
    return done.stdout


class Archive:
    """Debian's packages as an apt of our own sees them, whose files are all in one folder."""

    def __init__(self, folder: Path) -> None:
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise NotHere("only Debian's packages are looked for, with apt-get and dpkg-deb")
        keyring = next(filter(Path.exists, (Path("/usr/share/keyrings", name) for name in KEYRINGS)), None)
        if keyring is None:
            raise NotHere("Debian's keys are missing; the package debian-archive-keyring has them")
        (folder / "state/lists/partial").mkdir(parents=True)
        (folder / "cache").mkdir()
        (folder / "status").touch()  # nothing counts as installed: a Python comes with all it needs
        sources = [f"deb [signed-by={keyring}] {mirror()} {suite} main\n" for suite in SUITES]
        (folder / "sources.list").write_text("".join(sources))
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",  # the folder is closed to others
        }
        self.folder = folder
        self.options = [f"-o{name}={value}" for name, value in settings.items()]
        self.apt("update")

    def apt(self, *arguments: str) -> str:
        """Run apt-get on the packages of this archive; return what it printed."""
        return said_by("apt-get", "-qq", *self.options, *arguments)

    def unpack(self, packages: list[str], target: Path) -> None:
        """Download packages, with all that they need, and unpack them into a folder."""
        downloads = self.folder / "downloads" / target.name
        (downloads / "partial").mkdir(parents=True)
        target.mkdir(parents=True)
        options = [
            "--yes",
            "--download-only",
            "--no-install-recommends",
            f"-oDir::Cache::archives={downloads}",
        ]
        self.apt("install", *options, *packages)
        for package in sorted(downloads.glob("*.deb")):
            said_by("dpkg-deb", "--extract", package, target)

    def unpack_alone(self, packages: list[str], target: Path) -> str:
        """Download packages without what they need, and unpack them; return their version."""
        downloads = self.folder / "downloads" / "-".join(packages)
        downloads.mkdir(parents=True)
        said_by("apt-get", "-qq", *self.options, "download", *packages, cwd=downloads)
        for package in sorted(downloads.glob("*.deb")):
            said_by("dpkg-deb", "--extract", package, target)
        return said_by("dpkg-deb", "--field", package, "Version").strip()


def mirror() -> str:
    """Return the address from which this machine takes Debian's packages."""
    form = ("--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages")
    for address in said_by("apt-get", "indextargets", *form).split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise NotHere("apt takes its packages from elsewhere than Debian")


def bind(python: Path, patchelf: Path) -> None:
    """Let a binary load the libraries beside it, C library included, in place of the system's."""
    libraries = next(python.parents[1].glob("lib/*-linux-gnu*"))
    loader = next(libraries.glob("ld-linux*.so.*"))
    # In this order and one by one: both at once make a binary that crashes (patchelf 0.18).
    start: tuple[str | Path, ...] = (loader, "--library-path", libraries, patchelf)
    said_by(*start, "--force-rpath", "--set-rpath", libraries, python)
    said_by(*start, "--set-interpreter", loader, python)


def get(tag: str, archive: Archive) -> str:
    """Unpack one Python; return what it is. NotHere says why there is none."""
    folder = UNPACKED / tag
    shutil.rmtree(folder, ignore_errors=True)
    try:
        archive.unpack([f"python{tag}", "patchelf"], folder)
        bind(unpacked_python(tag), folder / "usr/bin/patchelf")
        found = interpreter(str(unpacked_python(tag)))
    except (NotHere, OSError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NotHere(str(error)) from error
    return f"{found.tag} is CPython {found.version} in {folder}"


def main(tags: list[str]) -> int:
    """Get the Pythons; return 1 if one is still missing that OVERLAP_PYTHONS asks for."""
    archive = None
    with tempfile.TemporaryDirectory() as folder:
        for tag in tags or missing_pythons():
            try:
                *_, free_threaded = parts_of(tag)
                if free_threaded:
                    raise NotHere("Debian has no free-threaded build")
                archive = archive or Archive(Path(folder))
                print(get(tag, archive), flush=True)
            except NotHere as error:
                print(f"Python {tag} is not to be had: {error}.", flush=True)
    interpreters.cache_clear()
    if sentence := missing_sentence():
        print(sentence)
    return 1 if run_is_short_of_pythons() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
