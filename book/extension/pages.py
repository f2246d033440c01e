"""What every page carries besides its text: scripts, styles, meta data, links.

Also the pages that are not in the table of contents' care: the sitemap and 404.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from docutils import nodes
from jupyterlite_pyodide_kernel import __version__ as kernel_version
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .cells import RunnableCell
from .checkpoints import Checkpoint
from .chooser import Chooser
from .lite import pyodide_python
from .node import WEB, run_node
from .verified import tested_pythons

logger = logging.getLogger(__name__)

NOT_FOUND = "404"

STATIC = Path(__file__).parents[1] / "static"
STYLES = WEB / "styles.ts"
# The book's own files whose content may change while their name stays: a host lets
# browsers keep them for minutes, so pages ask for them by content.
VERSIONED = re.compile(
    r'(?P<before>(?:href|src)="[^"]*?)'
    r"(?P<file>_static/overlap(?:\.css|/(?:site|runner|checkpoint|chooser)\.js))"
    r'(?:\?v=\w+)?"'
)

FOLDS = re.compile(r'<details open class="(?:fold|ovt-list)"')


def configure(app: Sphinx, config: Config) -> None:
    """Take the address from the environment; give pages the numbers they may name."""
    address = os.environ.get("OVERLAP_BASE_URL") or config.html_baseurl
    if not urlsplit(address).scheme:
        raise ExtensionError(
            f"The site's address must begin with https:// (it is {address!r}). "
            "Set html.baseurl in _config.yml, or OVERLAP_BASE_URL."
        )
    config.html_baseurl = address.rstrip("/") + "/"
    config.myst_substitutions = {
        "pyodide_python": pyodide_python(),
        "kernel_version": kernel_version,
        "build_python": platform.python_version(),
        "tested_pythons": ", ".join(tested_pythons()),
        # The numbers are known when JupyterLite is built, after the pages.
        "first_run_mb": '<span class="first-run-mb">?</span>',
        "stored_mb": '<span class="stored-mb">?</span>',
        **config.myst_substitutions,
    }


def complete_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Decide per page what its template writes (``html-page-context``)."""
    metadata = app.env.metadata.get(pagename, {})
    uri = app.builder.get_target_uri(pagename)
    has_cells = doctree is not None and any(doctree.findall(RunnableCell))
    context["description"] = metadata.get("description", "")
    context["page_address"] = urljoin(app.config.html_baseurl, "" if uri == "index.html" else uri)
    # The theme writes the canonical link from this one; a page without a source has none.
    context["pageurl"] = context["page_address"] if doctree is not None else None
    context["card_address"] = urljoin(app.config.html_baseurl, "_static/icons/social-card.png")
    context["has_cells"] = has_cells
    context["has_checkpoints"] = doctree is not None and any(doctree.findall(Checkpoint))
    context["has_choosers"] = doctree is not None and any(doctree.findall(Chooser))
    # Open without a script; a script folds them away before they are drawn.
    context["has_folds"] = bool(FOLDS.search(context.get("body", "")))
    context["has_contents"] = doctree is not None
    context["notebook_link"] = (
        f"{context['content_root']}lite/lab/index.html?path={pagename}.ipynb" if has_cells else ""
    )
    # The layout has a viewport already.
    context["metatags"] = re.sub(r'<meta[^>]*name="viewport"[^>]*>', "", context.get("metatags", ""))
    # MyST-NB labels what opens hidden code with other words than those it shows.
    if doctree is not None:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")
    if doctree is not None and not context["description"]:
        logger.warning(
            "the page's front matter needs `description:`, one sentence for search results.",
            location=(pagename, 1),
            type="overlap",
        )


def style_pages(app: Sphinx, error: Exception | None) -> None:
    """Make the one style sheet from what the pages use (``build-finished``, when all are written).

    Also copy the static files: Sphinx does that only when it writes a page.
    """
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    shutil.copytree(STATIC, site / "_static", dirs_exist_ok=True)
    logger.info(run_node(STYLES, site, makes="the site's styles"))
    for name in {*app.env.found_docs, NOT_FOUND, "search"}:
        page = Path(app.builder.get_outfilename(name))
        text = page.read_text(encoding="utf8")
        versioned = VERSIONED.sub(lambda m: f'{m["before"]}{m["file"]}?v={_version(site / m["file"])}"', text)
        if versioned != text:
            page.write_text(versioned, encoding="utf8")


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


def write_sitemap(app: Sphinx, error: Exception | None) -> None:
    """List the pages for search engines (``build-finished``)."""
    if error is not None or app.builder.format != "html":
        return
    addresses = [
        urljoin(app.config.html_baseurl, app.builder.get_target_uri(name))
        for name in sorted(app.env.found_docs)
    ]
    urls = "".join(f"  <url><loc>{escape(a.removesuffix('index.html'))}</loc></url>\n" for a in addresses)
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
        encoding="utf8",
    )
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {urljoin(app.config.html_baseurl, 'sitemap.xml')}\n",
        encoding="utf8",
    )


def root_the_404_page(app: Sphinx, error: Exception | None) -> None:
    """A host shows 404.html at any depth, so its links must begin at the site's root."""
    if error is not None or app.builder.format != "html":
        return
    page = Path(app.builder.get_outfilename(NOT_FOUND))
    base = urlsplit(app.config.html_baseurl).path
    text = page.read_text(encoding="utf8")
    rooted = re.sub(
        r'\b(href|src|action|data-content_root)="(?!https?:|data:|mailto:|#|/)([^"]*)"',
        lambda m: f'{m[1]}="{base}{m[2].removeprefix("./")}"',
        text,
    )
    page.write_text(rooted, encoding="utf8")


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    app.connect("config-inited", configure, priority=450)
    app.connect("html-page-context", complete_context, priority=900)
    app.connect("build-finished", style_pages)
    app.connect("build-finished", write_sitemap)
    app.connect("build-finished", root_the_404_page)
