"""The Sphinx extension of the book: what turns pages, cells and scripts into the site.

One module per thing; each has its own ``setup``:

- ``builder``: pages of the shell (``book/``) live at the site's root
- ``cells``: code cells that run in the page
- ``cell_runs``: cells that are traced or run in virtual time at build
- ``program_views``: the ``explorer`` and ``stepper`` directives, which become cells
- ``chooser``: the ``chooser`` directive
- ``scripts``: the ``script`` directive, downloads, completeness
- ``timelines``: the ``timeline`` directive draws what a script recorded
- ``checkpoints``: the ``checkpoint`` directive
- ``glance``: the computed *at a glance* line under a page's title
- ``terms``: the ``term`` role shows what the glossary says
- ``tables``: on a phone, the cells of a row stand below each other
- ``verified``: the tables of all scripts and cells with their last verified run
- ``reference``: the ``reference`` directive, tables for looking up from data
- ``lite``: notebooks for JupyterLite, and the kernel's list of files
- ``pages``: scripts, styles and meta data of a page; sitemap, 404
- ``policy``: the Content-Security-Policy of a page
- ``offline``: the service worker, and the list of files that a reader can save
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .own_packages import OWN_PACKAGES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

sys.path += [folder for folder in map(str, OWN_PACKAGES) if folder not in sys.path]

FEATURES = (
    "builder",
    "cells",
    "cell_runs",
    "program_views",
    "chooser",
    "scripts",
    "timelines",
    "checkpoints",
    "glance",
    "terms",
    "tables",
    "verified",
    "reference",
    "lite",
    "pages",
    "policy",
    "offline",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every feature of the extension."""
    for feature in FEATURES:
        import_module(f"{__name__}.{feature}").setup(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
