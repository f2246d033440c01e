"""Tell the in-page runner what to load: writes ``kernel.json``.

Run after the JupyterLite build. Everything comes from what that build wrote, so the page
and JupyterLite cannot disagree about versions.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from pathlib import Path

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

#: What a page's kernel needs before its first cell.
ROOT_PACKAGES = ("pyodide-kernel", "overlap-trace")

#: A dependency that running a cell does not need: 4.9 MB, for completion only.
OMIT = ("jedi",)

#: The lock file of a JupyterLite site.
LOCK = Path("static", "pyodide-lock", "pyodide-lock.json")


def kernel_config(lite: Path, target: Path, snapshot: dict) -> dict:
    """Return the content of ``kernel.json`` at ``target`` for the JupyterLite site ``lite``.

    All URLs are relative to ``target``. ``snapshot`` is what ``snapshot.json`` says; the
    snapshot lies beside ``target``.
    """
    pyodide = lite / "static" / "pyodide"
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
    for name in preload:
        wheel = lock_path.parent / packages[name]["file_name"]
        if not wheel.is_file():
            raise FileNotFoundError(f"The lock file lists {name}, but {wheel} does not exist.")
        wheels[wheel.name] = wheel.stat().st_size
    worker = (target.parent / "worker.js").read_bytes()
    return {
        "schema": 1,
        "worker": hashlib.sha256(worker).hexdigest()[:10],
        "versions": {
            "pyodide": _pyodide_version(pyodide),
            "python": lock["info"]["python"],
            "kernel": packages["pyodide-kernel"]["version"],
        },
        "pyodide": _relative(pyodide, target) + "/",
        "lock": _relative(lock_path, target),
        "preload": preload,
        "omit": [name for name in OMIT if name in packages],
        "runtime": {name: (pyodide / name).stat().st_size for name in RUNTIME},
        "transfer": {name: _transfer_bytes(pyodide / name) for name in RUNTIME},
        "wheels": wheels,
        "snapshot": snapshot,
    }


def write_kernel_config(lite: Path, target: Path, snapshot: dict) -> None:
    """Write ``kernel.json`` to ``target`` (next to ``runner.js``) for the site ``lite``."""
    config = kernel_config(lite, target, snapshot)
    target.write_text(json.dumps(config, indent=1) + "\n", encoding="utf8")


def _transfer_bytes(path: Path) -> int:
    """Bytes of a file on the wire: a host compresses all but archives, as gzip does at level 6."""
    if path.suffix == ".zip":
        return path.stat().st_size
    return len(gzip.compress(path.read_bytes(), 6))


def _with_dependencies(roots: list[str], packages: dict) -> list[str]:
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
    return versions.pop()


def _relative(path: Path, target: Path) -> str:
    return Path(os.path.relpath(path, target.parent)).as_posix()
