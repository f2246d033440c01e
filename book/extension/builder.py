"""Put the pages of the shell at the site's root.

The sources of the home page, *Running these examples* and the like are in
``book/``. Readers should see ``/running.html``, not ``/book/running.html``, and
the home page itself at ``/``, not a redirect to it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config

SHELL = "book/"
NOT_FOUND = "404"


def site_root(config: Config) -> str:
    """Return the path of the site's root at its host, such as ``/overlap/``."""
    return str(urlsplit(config.html_baseurl).path)


def outfile(app: Sphinx, docname: str) -> Path:
    """Return the HTML file of a page."""
    assert isinstance(app.builder, BookHTMLBuilder)
    return Path(app.builder.get_outfilename(docname))


def public_name(docname: str) -> str:
    """Return the name under which readers find a page: ``book/running`` is ``running``."""
    return docname.removeprefix(SHELL)


class BookHTMLBuilder(StandaloneHTMLBuilder):
    """Sphinx's HTML builder with public page names instead of source paths."""

    search = False  # ours is search.py

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the address of a page, relative to the root of the site."""
        return super().get_target_uri(public_name(docname), typ)

    def get_outfilename(self, pagename: str) -> str:
        """Return the file that a page is written to."""
        return super().get_outfilename(public_name(pagename))

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the address of a page as a link on another page says it."""
        if from_ == NOT_FOUND:  # shown by a host at any depth
            return site_root(self.config) + self.get_target_uri(to, typ)
        return super().get_relative_uri(from_, to, typ)


def setup(app: Sphinx) -> None:
    """Replace the HTML builder."""
    app.add_builder(BookHTMLBuilder, override=True)
