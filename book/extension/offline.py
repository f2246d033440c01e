"""What a reader can save for offline use: the service worker, and the list of files.

Runs when everything else has been written, because the list has every file's hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

WORKER = "service-worker.js"
MANIFEST = "offline.json"

# What Sphinx and the theme copy and no page asks for; what only other programs read.
NOT_SAVED = re.compile(
    r"_static/(?:vendor|locales|styles|scripts|images|css)/"
    r"|_static/(?!favicon|manifest)[^/]+$"
    r"|reports/|(?:sitemap\.xml|robots\.txt|objects\.inv|\.buildinfo|\.nojekyll)$"
    r"|[^/]*/?service-worker\.js$|lite/build/service-worker|offline\.json$"
)
ASKED_FOR = re.compile(r"_static/(?:overlap\.css|third-party-notices\.txt)$")
# The kernel of the pages lies in JupyterLite's folder. Its largest wheel is for completion there.
KERNEL = re.compile(r"lite/static/(?:pyodide-\d[^/]*/|pyodide-lock/(?!jedi-|parso-|micropip-|piplite-))")

# JupyterLite's pages have their own service worker: with this line it serves a saved guide, too.
FIRST_LINE = f'self.overlapRoot="../";importScripts("../{WORKER}");\n'


def is_saved(path: str) -> bool:
    """Return whether a saved site needs the file at this path (from the site's root)."""
    return bool(ASKED_FOR.match(path)) or not NOT_SAVED.match(path)


def area_of(path: str) -> str:
    """Return the area of a file, ``guide`` or ``jupyterlite``: the reader chooses what to save."""
    return "jupyterlite" if path.startswith("lite/") and not KERNEL.match(path) else "guide"


def list_files(site: Path) -> dict[str, Any]:
    """Return the content of ``offline.json`` for a built site."""
    files = []
    for file in sorted(path for path in site.rglob("*") if path.is_file()):
        path = file.relative_to(site).as_posix()
        if is_saved(path):
            content = file.read_bytes()
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
            files.append([path, digest, len(content), area_of(path)])
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    return {"version": version, "files": files}


def write_offline(app: Sphinx) -> None:
    """Put the worker at the site's root and list the files."""
    site = Path(app.outdir)
    # A worker can serve only what lies below it.
    (site / "_static" / "overlap" / WORKER).replace(site / WORKER)
    theirs = site / "lite" / WORKER
    text = theirs.read_text(encoding="utf8")
    if not text.startswith(FIRST_LINE):
        theirs.write_text(FIRST_LINE + text, encoding="utf8")
    (site / MANIFEST).write_text(json.dumps(list_files(site), separators=(",", ":")), encoding="utf8")
