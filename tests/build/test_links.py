"""Every link inside the built site leads somewhere, and every page can be found."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest

from book.extension.reference import DATA, PYTHON_DOCS, anchors
from tools.browser import ROOT, SITE

# JupyterLite brings its own pages, and 404 has absolute addresses of the published site.
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if path.relative_to(SITE).parts[0] not in ("lite", "_static", "reports") and path.name != "404.html"
)
NOT_IN_TEXT = {"search.html"}


class Page(HTMLParser):
    """The links and ids of a page; `text_links` are those of the article."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.article, self.text_links = [], set(), 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        if tag == "article":
            self.article += 1
        if tag in ("a", "link") and attrs.get("href"):
            self.links.append(attrs["href"])
            if self.article and tag == "a":
                self.text_links.append(attrs["href"])

    def handle_endtag(self, tag):
        if tag == "article":
            self.article -= 1


@pytest.fixture(scope="module")
def site():
    """Every page, read once."""
    return {name: Page((SITE / name).read_text(encoding="utf8")) for name in PAGES}


def resolved(page, link):
    """The page or file that an internal link means, and the anchor; None for other sites."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    folder = PurePosixPath(page).parent
    path = page
    if parts.path:
        names = []
        for name in (folder / unquote(parts.path)).parts:
            if name == "..":
                names.pop()
            elif name != ".":
                names.append(name)
        path = "/".join(names)
        if not path or parts.path.endswith("/") or path == ".":
            path = f"{path}/index.html".lstrip("/")
    return path, unquote(parts.fragment)


@pytest.mark.parametrize("name", PAGES)
def test_no_internal_link_is_dead(site, name):
    """The file is there; where the link has an anchor, the page has the place."""
    dead = []
    for link in site[name].links:
        target = resolved(name, link)
        if target is None:
            continue
        path, anchor = target
        if not (SITE / path).exists():
            dead.append(f"{link}: no such file")
        elif anchor and not anchor.startswith(":~:") and path in site and anchor not in site[path].ids:
            dead.append(f"{link}: no such place")
    assert dead == []


def test_every_page_can_be_reached_from_home_by_links_in_the_text(site):
    """Nobody needs to know an address; the navigation at the side does not count."""
    reached, waiting = set(), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in site:
            continue
        reached.add(name)
        waiting += [target[0] for link in site[name].text_links if (target := resolved(name, link))]
    assert set(PAGES) - reached - NOT_IN_TEXT == set()


def test_every_page_is_in_the_navigation(site):
    """The table of contents names it, on the home page too."""
    named = {target[0] for link in site["index.html"].links if (target := resolved("index.html", link))}
    assert set(PAGES) - named - NOT_IN_TEXT == set()


def test_links_into_the_python_documentation_have_their_anchor(site):
    """As far as the committed list of anchors knows the page."""
    known = anchors()
    dead = []
    for name, page in site.items():
        for link in page.text_links:
            if link.startswith(PYTHON_DOCS):
                path, _, anchor = link.removeprefix(PYTHON_DOCS).partition("#")
                if anchor and path in known and anchor not in known[path]:
                    dead.append(f"{name}: {link}")
    assert dead == []


RECIPES = [name for name in PAGES if name.startswith("recipes/")]


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "recipes/mistakes.html"])
def test_a_recipe_links_what_belongs_to_it(site, name):
    """A reference page, a concept or Learn page, and a page of mistakes."""
    targets = {target[0] for link in site[name].text_links if (target := resolved(name, link))}
    # The glossary is behind every marked term, so it proves nothing.
    reference = {t for t in targets if t.startswith("reference/")} - {"reference/glossary.html"}
    assert reference, "no link to a reference page"
    assert any(t.startswith(("concepts/", "notebooks/")) for t in targets), "no link to Learn or a concept"
    assert any(t.startswith("recipes/mistakes") for t in targets), "no link to a page of mistakes"


def test_each_reference_entry_leads_to_a_place_with_an_example(site):
    """The page that an entry links to has a cell or a script."""
    without = []
    for source in sorted(DATA.glob("*.toml")):
        data = tomllib.loads(source.read_text(encoding="utf8"))
        groups = [*data.get("section", []), *data.get("release", [])]
        for entry in (entry for group in groups for entry in group.get("entry", group.get("change"))):
            page = entry["guide"].partition("#")[0].removesuffix(".md") or f"reference/{source.stem}"
            html = (SITE / f"{page.removeprefix('book/')}.html").read_text(encoding="utf8")
            if not re.search(r'data-runs="(browser|local)"', html):
                without.append(f"{source.name}: {entry['guide']}")
    assert without == []


def test_the_pages_are_those_of_the_table_of_contents():
    """No page of a folder was forgotten there."""
    toc = (ROOT / "_toc.yml").read_text(encoding="utf8")
    folders = ("notebooks", "recipes", "reference", "concepts")
    pages = [path for folder in folders for path in (ROOT / folder).glob("*.md")]
    forgotten = [path.name for path in pages if f"file: {path.parent.name}/{path.stem}\n" not in toc + "\n"]
    assert forgotten == []
