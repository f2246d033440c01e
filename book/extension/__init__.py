"""The Sphinx extension of the book: what turns pages, cells and scripts into the site.

One feature per module; each has its own ``setup``, called in this order:

- ``builder``: pages of the shell (``book/``) live at the site's root
- ``page_plan``: a page's cells with their numbers, tags and needs, read once
- ``cell_runs``: how cells are executed at build: traced, or in virtual time
- ``run_ahead``: runs the cells of several pages at the same time, where that is asked for
- ``cells``: code cells that run in the page
- ``program_views``: the ``explorer``, ``stepper`` and ``exercise`` directives, which become cells
- ``exercises``: the ``solution`` directive of exercises, which are cells of ``program_views``
- ``chooser``: the ``chooser`` directive
- ``scripts``: the ``script`` directive, downloads, completeness
- ``timelines``: the ``timeline`` directive draws what a script recorded
- ``checkpoints``: the ``checkpoint`` directive
- ``glance``: the computed *at a glance* line under a page's title
- ``terms``: the ``term`` role shows what the glossary says
- ``tables``: on a phone, the cells of a row stand below each other
- ``verified``: the tables of all scripts and cells with their last verified run
- ``reference``: the ``reference`` directive, tables for looking up from data
- ``sheets``: the printed sheets (PDF), and the ``sheet`` directive
- ``search``: the entries that the search finds, in the index and for other projects
- ``lite``: JupyterLite, and the in-page kernel's list of files
- ``build_order``: what happens when, where the order matters: the steps of ``lite``, of
  ``notebook_form`` (pages as notebooks), ``pages`` (templates, style sheet, sitemap), ``policy``
  (the Content-Security-Policy), ``notices`` (licenses of others) and ``offline`` (what a reader can save)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .own_packages import OWN_PACKAGES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

sys.path += [folder for folder in map(str, OWN_PACKAGES) if folder not in sys.path]

FEATURES = (
    "builder",
    "page_plan",
    "cell_runs",
    "run_ahead",
    "cells",
    "program_views",
    "exercises",
    "chooser",
    "scripts",
    "timelines",
    "checkpoints",
    "glance",
    "terms",
    "tables",
    "verified",
    "reference",
    "sheets",
    "search",
    "lite",
    "build_order",
)


def features() -> list[ModuleType]:
    """Import every feature, which registers what its directives are in a notebook."""
    return [import_module(f"{__name__}.{name}") for name in FEATURES]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every feature with Sphinx."""
    for feature in features():
        feature.setup(app)
    return {
        "version": "1",
        # Pages that an extension with another number has read are read again.
        "env_version": 3,
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
