"""What happens when, where the order matters: each event's steps in one list, in their order.

A feature that needs no place in an order connects itself, in its ``setup``; those that listen
to the same event are called in the order of ``FEATURES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError, SphinxError
from sphinx.util import logging

from . import lite, notebook_form, notices, offline, pages, policy, scripts, search, sheets

logger = logging.getLogger(__name__)

#: Sphinx calls handlers by this number, lowest first; extensions that say nothing have 500.
BEFORE_OTHERS, AFTER_OTHERS = 400, 900

#: When the settings are known, before jupyterlite-sphinx reads its own.
CONFIGURE: tuple[Callable[[Sphinx, Config], None], ...] = (
    lite.prepare,  # the folder that JupyterLite is built from
    pages.configure,  # the site's address, the numbers that pages may name
)

#: When a page's text is complete, after sphinx-thebe and the theme.
RESOLVE: tuple[Callable[[Sphinx, nodes.document, str], None], ...] = (
    policy.remove_thebe,  # scripts that the policy would refuse
)

#: Before a page's template is filled in, after the theme.
COMPLETE: tuple[Callable[[Sphinx, str, str, dict[str, Any], nodes.document | None], None], ...] = (
    pages.complete_context,  # what the template needs to know
    policy.add_policy,  # allows the inline scripts that the page has by now
)

#: When all pages are written, after everything else of Sphinx.
FINISH: tuple[Callable[[Sphinx], None], ...] = (
    lite.copy_bundle,  # the runner; empties its folder first
    search.write_index,  # what the search finds, beside the script that searches
    pages.style_pages,  # one style sheet, from what the written pages use
    notebook_form.write_notebooks,  # every page as a notebook, for JupyterLite
    lite.copy_scripts,  # every script beside the notebooks
    lite.build_jupyterlite,  # JupyterLite's site, with those notebooks and with Python's files
    scripts.copy_downloads,  # the scripts that pages link
    sheets.write_sheets,  # the PDFs that pages link
    pages.write_sitemap,  # for search engines
    lite.list_kernel,  # Python's files of the pages: JupyterLite's, the bundled worker, the snapshot
    pages.fill_in_pages,  # hashes and sizes of all these, into the pages
    notices.write_notices,  # the licenses of what the site contains that others wrote
    offline.write_offline,  # last: lists every file of the site with its hash
)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Call the steps of ``FINISH``, unless the build has failed; an error says in which step."""
    if error is not None or app.builder.format != "html":
        return
    for step in FINISH:
        name = f"{step.__module__.rpartition('.')[2]}.{step.__name__}"
        logger.debug("build_order: %s", name)
        try:
            step(app)
        except SphinxError as problem:
            raise ExtensionError(f"{name}, a step at the end of the build: {problem}") from problem
        except Exception as problem:
            raise ExtensionError(f"{name}, a step at the end of the build, failed", problem) from problem


def setup(app: Sphinx) -> None:
    """Connect all steps, in their order."""
    for configure in CONFIGURE:
        app.connect("config-inited", configure, priority=BEFORE_OTHERS)
    for resolve in RESOLVE:
        app.connect("doctree-resolved", resolve, priority=AFTER_OTHERS)
    for complete in COMPLETE:
        app.connect("html-page-context", complete, priority=AFTER_OTHERS)
    app.connect("build-finished", finish, priority=AFTER_OTHERS)
