"""What every page carries besides its text: scripts, styles, meta data, links.

Also the pages that are not in the table of contents' care: the sitemap and 404.
"""

from __future__ import annotations

import hashlib
import json
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
from overlap_contract import ATTRIBUTES as NAMES
from overlap_contract import GIVE_BACK_AFTER_MINUTES
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .builder import NOT_FOUND, outfile, site_root
from .cells import RunnableCell
from .checkpoints import Checkpoint
from .chooser import Chooser
from .lite import kernel_facts, pyodide_python
from .node import WEB, run_node
from .verified import tested_pythons

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parents[1] / "static"
RECORDINGS = Path(__file__).parents[1] / "recordings"
STYLES = WEB / "styles.ts"
# The book's own files whose content may change while their name stays: a host lets
# browsers keep them for minutes, so pages ask for them by content.
VERSIONED = re.compile(
    r'(?P<before>(?:href|src)="[^"]*?)'
    r"(?P<file>_static/overlap(?:\.css|/(?:site|runner|checkpoint|chooser)\.js))"
    r'(?:\?v=\w+)?"'
)
FIRST_RUN = re.compile(r'(?P<before><span class="first-run-mb">)[^<]*')
STORED = re.compile(r'(?P<before><span class="stored-mb">)[^<]*')
FIRST_RUN_OF_RUNNER = re.compile(rf'(?P<before>{NAMES.first_run_mb}=")[^"]*')
KERNEL_VERSION = re.compile(rf'(?P<before>{NAMES.kernel_version}=")[^"]*')

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
        "minimum_browsers": minimum_browsers(),
        "give_back_minutes": str(GIVE_BACK_AFTER_MINUTES),
        # The numbers are known when JupyterLite is built, after the pages.
        "first_run_mb": '<span class="first-run-mb">?</span>',
        "stored_mb": '<span class="stored-mb">?</span>',
        **loop_numbers(),
        **config.myst_substitutions,
    }


def minimum_browsers() -> str:
    """Return the oldest browsers that the guide is made for, in the runner's words (book/web/minimum.ts)."""
    queries = json.loads((WEB / "package.json").read_text("utf8"))["browserslist"]
    named = [query.replace(" >=", "").capitalize() for query in queries if not query.startswith("ios_saf")]
    return f"{', '.join(named[:-1])} or {named[-1]}"


def loop_numbers() -> dict[str, str]:
    """Return how many of CPython's own tests pass on which event loop: what `make record-loops` recorded."""
    recorded = json.loads((RECORDINGS / "loops.json").read_text("utf8"))
    numbers = {f"loops_{kind}": f"{run['same']:,} of {run['count']:,}" for kind, run in recorded.items()}
    return {**numbers, "loops_tests": recorded["page"]["tests"]}


def complete_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Decide per page what its template writes."""
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
    # The layout has a viewport already, and docutils, which writes these, has no setting against it.
    context["metatags"] = re.sub(r'<meta[^>]*name="viewport"[^>]*>', "", context.get("metatags", ""))
    if pagename == NOT_FOUND:
        root_links(app, context)
    if doctree is not None and not context["description"]:
        logger.warning(
            "the page's front matter needs `description:`, one sentence for search results.",
            location=(pagename, 1),
            type="overlap",
        )


def root_links(app: Sphinx, context: dict[str, Any]) -> None:
    """Let links begin at the site's root: a host shows 404.html at any depth.

    (``builder.BookHTMLBuilder`` does the same for the navigation.)
    """
    pathto = context["pathto"]
    root = site_root(app.config)

    def rooted(*args: Any, **options: Any) -> str:
        address: str = pathto(*args, **options)
        return address if urlsplit(address).scheme or address.startswith(("#", "/")) else root + address

    context["pathto"] = rooted
    context["content_root"] = root
    # Sphinx has made this one already.
    context["favicon_url"] = root + context["favicon_url"]


def style_pages(app: Sphinx) -> None:
    """Make the one style sheet from what the pages use.

    Also copy the static files: Sphinx does that only when it writes a page.
    """
    site = Path(app.outdir)
    shutil.copytree(STATIC, site / "_static", dirs_exist_ok=True)
    logger.info(run_node(STYLES, site, makes="the site's styles"))


def fill_in_pages(app: Sphinx) -> None:
    """Write into the pages what is known last: hashes of files, what a first run downloads.

    No hook of Sphinx comes late enough. The style sheet is made from all pages, the kernel's
    list when JupyterLite is built, and a page that has not changed is not written again when
    the runner has. So the templates leave places, which are filled here, in the written files.
    """
    site = Path(app.outdir)
    facts = kernel_facts(site)
    megabytes = f"{facts.first_run_bytes / 1e6:.0f}"
    stored = f"{facts.stored_bytes / 1e6:.0f}"
    versions: dict[str, str] = {}

    def versioned(match: re.Match[str]) -> str:
        file = match["file"]
        if file not in versions:
            versions[file] = hashlib.sha256((site / file).read_bytes()).hexdigest()[:8]
        return f'{match["before"]}{file}?v={versions[file]}"'

    for name in {*app.env.found_docs, NOT_FOUND, "search"}:
        page = outfile(app, name)
        text = page.read_text(encoding="utf8")
        filled = VERSIONED.sub(versioned, text)
        for place, value in (
            (FIRST_RUN, megabytes),
            (STORED, stored),
            (FIRST_RUN_OF_RUNNER, megabytes),
            (KERNEL_VERSION, facts.version),
        ):
            filled = place.sub(rf"\g<before>{value}", filled)
        if filled != text:
            page.write_text(filled, encoding="utf8")


def write_sitemap(app: Sphinx) -> None:
    """List the pages for search engines."""
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
