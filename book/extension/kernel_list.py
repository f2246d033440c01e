"""Tell the in-page runner what to load: writes ``kernel-<hash>.json``.

Run after the JupyterLite build. Everything comes from what that build wrote, so the page
and JupyterLite cannot disagree about versions. Each file that is named here has an address
that changes with its content, and so has the list itself: a page names the list that it was
published with, and never gets files of another version.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

#: What a page's kernel needs before its first cell.
ROOT_PACKAGES = ("pyodide-kernel", "overlap-page")

#: A dependency that running a cell does not need: 4.9 MB, for completion only.
OMIT = ("jedi",)

#: The lock file of a JupyterLite site.
LOCK = Path("static", "pyodide-lock", "pyodide-lock.json")


def kernel_config(lite: Path, pyodide: Path, folder: Path, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return the list of files for the JupyterLite site ``lite``.

    ``pyodide`` is the folder of Pyodide's core. All addresses are relative to ``folder``,
    which has the worker and the snapshot; ``snapshot`` is what ``snapshot.json`` says.
    """
    lock_path = lite / LOCK
    for path in [*(pyodide / name for name in RUNTIME), lock_path]:
        if not path.is_file():
            raise FileNotFoundError(
                f"The JupyterLite build has no {path.relative_to(lite)}. Is PyodideLockAddon enabled?"
            )
    lock = json.loads(lock_path.read_text(encoding="utf8"))
    packages = lock["packages"]
    preload = _with_dependencies([name for name in ROOT_PACKAGES if name in packages], packages)
    wheels = {}
    for name, package in packages.items():
        wheel = Path(os.path.normpath(lock_path.parent / package["file_name"]))
        if not wheel.is_file():
            raise FileNotFoundError(f"The lock file lists {name}, but {wheel} does not exist.")
        package["file_name"] = _relative(wheel, folder)
        package["depends"] = [needed for needed in package["depends"] if needed not in OMIT]
        if name in preload:
            wheels[wheel.name] = wheel.stat().st_size
    [worker] = folder.glob("worker-*.js")
    return {
        "schema": 2,
        "worker": worker.name,
        "versions": {
            "pyodide": _pyodide_version(pyodide),
            "python": lock["info"]["python"],
            "kernel": packages["pyodide-kernel"]["version"],
        },
        "pyodide": _relative(pyodide, folder) + "/",
        "lock": lock,
        "preload": preload,
        "runtime": {name: (pyodide / name).stat().st_size for name in RUNTIME},
        "sha256": {name: hashlib.sha256((pyodide / name).read_bytes()).hexdigest() for name in RUNTIME},
        "transfer": {name: _transfer_bytes(pyodide / name) for name in RUNTIME},
        "wheels": wheels,
        "snapshot": snapshot,
    }


def write_kernel_config(config: dict[str, Any], folder: Path) -> Path:
    """Write the list into ``folder``, named by its hash; returns the file."""
    content = json.dumps(config, indent=1).encode() + b"\n"
    file = folder / f"kernel-{hashlib.sha256(content).hexdigest()[:10]}.json"
    file.write_bytes(content)
    return file


def _transfer_bytes(path: Path) -> int:
    """Return the bytes of a file on the wire: a host compresses all but archives, as gzip does at level 6."""
    if path.suffix == ".zip":
        return path.stat().st_size
    return len(gzip.compress(path.read_bytes(), 6))


def _with_dependencies(roots: list[str], packages: dict[str, Any]) -> list[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name in OMIT:
            continue
        found.add(name)
        waiting.extend(packages[name]["depends"])
    return sorted(found)


def _pyodide_version(pyodide: Path) -> str:
    text = (pyodide / "pyodide.mjs").read_text(encoding="utf8")
    versions = set(re.findall(r'="(\d+\.\d+\.\d+)"', text))
    if len(versions) != 1:
        raise ValueError(f"pyodide.mjs names {len(versions)} versions of itself: {sorted(versions)}")
    return str(versions.pop())


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
