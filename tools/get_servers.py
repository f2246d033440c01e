"""Unpack the servers that scripts need and this machine lacks (``make pythons``).

    python -m tools.get_servers

As `tools.get_pythons` does with Pythons: Debian's packages with all their libraries, installing nothing,
into `_build/servers`. Scripts find them there on their PATH. What cannot be had is told, and the tests that
need it are skipped.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tools.get_pythons import Archive, NotHere, bind
from tools.running import UNPACKED_SERVERS, is_here

# What a script's header says that it needs, Debian's package, and the program.
SERVERS = [("Valkey or Redis", "valkey-server", "valkey-server")]


def get(package: str, program: str, archive: Archive) -> Path:
    """Unpack one server; return its program. NotHere says why there is none."""
    folder = UNPACKED_SERVERS.parent / package
    shutil.rmtree(folder, ignore_errors=True)
    archive.unpack([package, "patchelf"], folder)
    binary = (folder / "usr/bin" / program).resolve()
    bind(binary, folder / "usr/bin/patchelf")
    UNPACKED_SERVERS.mkdir(exist_ok=True)
    link = UNPACKED_SERVERS / program
    link.unlink(missing_ok=True)
    link.symlink_to(folder / "usr/bin" / program)
    return link


def main() -> int:
    """Get the servers that are missing; a script without its server is skipped, so this never fails."""
    for name, package, program in SERVERS:
        if is_here(name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{name}: {get(package, program, Archive(Path(folder)))}")
            except (NotHere, OSError, StopIteration) as error:
                print(f"{name} is not to be had: {error}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
