"""The Content-Security-Policy of the book's pages, as a ``meta`` element.

A static host sends no such header. Scripts come from the site's own files, and the
lines that must run before the first paint are allowed by their hashes, which are made
here from the lines themselves. JupyterLite's pages under ``lite/`` have no policy: they
evaluate code by design.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

TEMPLATES = Path(__file__).parents[1] / "templates"

DIRECTIVES = {
    "default-src": "'self'",
    # Python is compiled in a worker, which has its own policy; some browsers hand this one down.
    "script-src": "'self' 'wasm-unsafe-eval' {inline}",
    # CodeMirror, timelines and charts bring style elements and attributes.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "frame-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def source_hash(script: str) -> str:
    """Return a script as ``script-src`` names it: ``sha256-…`` over what stands between its tags."""
    digest = hashlib.sha256(script.encode("utf8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def content_policy(inline: list[str]) -> str:
    """Return the policy of a page whose inline scripts are ``inline``."""
    policy = "; ".join(f"{name} {value}" for name, value in DIRECTIVES.items())
    return policy.format(inline=" ".join(f"'{source_hash(script)}'" for script in inline))


def add_policy(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template its inline lines and the policy that allows them.

    ``fold_script`` closes what is open for readers without JavaScript, on pages that have it.
    """
    names = {"first_script": "first.js"}
    if context.get("has_folds"):
        names["fold_script"] = "fold.js"
    lines = {key: (TEMPLATES / name).read_text(encoding="utf8").strip() for key, name in names.items()}
    context.update(lines, content_policy=content_policy(list(lines.values())))


def remove_thebe(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Drop the inline scripts of sphinx-thebe, which Jupyter Book adds even when it is off."""
    for raw in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in raw.astext() or "kernelName" in raw.astext():
            raw.parent.remove(raw)
