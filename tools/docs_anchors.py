"""List the anchors of the Python documentation's pages that the reference links to.

    python -m tools.docs_anchors /usr/share/doc/python3.15/html "Debian python3.15-doc 3.15.2-1"

The folder is an unpacked documentation package. The list is committed, so that the build
and the tests can tell a dead link, and a version that the documentation does not name there,
without a network.
"""

from __future__ import annotations

import re
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from book.extension.reference import ANCHORS, DATA  # noqa: E402

NO_END = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Anchors(HTMLParser):
    """The ids of a page, each with the versions in which something about it changed."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: dict[str, set[str]] = {}
        self.added: dict[str, set[str]] = {}  # of these, the one that added it
        self.inside: dict[str, list[str]] = {}  # the class of a method, and the page
        self._open: list[tuple[str, list[str]]] = []  # a tag, and what its text is about
        self._terms: list[str] = []  # the ids of the last <dt>s, which the next <dd> describes
        self._marked = False  # inside "Changed in version 3.12:"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an anchor, and what the versions that follow are about."""
        given = dict(attributes)
        about: list[str] = []
        if name := given.get("id"):
            self.versions.setdefault(name, set())
            around = [names for opened, names in self._open if names and opened == "dd"]
            around += [names for opened, names in self._open if opened == "section"][:1]  # the whole page
            self.inside[name] = [one for names in around for one in names]
            if tag == "dt":
                self._terms.append(name)
            elif tag == "section":
                about = [name]
            else:  # another name of the section around it
                section = next((names for opened, names in reversed(self._open) if opened == "section"), [])
                section.append(name)
        if tag == "dd":
            about, self._terms = self._terms, []
        self._marked = "versionmodified" in (given.get("class") or "").split()
        if tag not in NO_END:
            self._open.append((tag, about))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._marked = False
        if any(opened == tag for opened, _ in self._open):
            while self._open.pop()[0] != tag:
                pass  # an element without an end tag

    def handle_data(self, text: str) -> None:
        """Take the versions from a note such as “Changed in version 3.12”."""
        if self._marked:
            about = next((names for _, names in reversed(self._open) if names), [])
            for name in about:
                found = re.findall(r"3\.\d+", text)
                self.versions[name].update(found)
                if text.startswith("Added"):
                    self.added.setdefault(name, set()).update(found)


def anchors_of(page: str) -> dict[str, set[str]]:
    """Return the anchors in the HTML of a page, each with its versions.

    These are the versions that the text marks there, and those that added its class and the module.
    """
    parser = Anchors()
    parser.feed(page)
    return {
        name: own.union(*(parser.added.get(around, ()) for around in parser.inside[name]))
        for name, own in parser.versions.items()
    }


def linked_pages() -> list[str]:
    """Pages that some entry links to, such as library/asyncio-task.html."""
    pages = set()
    for source in DATA.glob("*.toml"):
        for kind in ("section", "release"):
            for group in tomllib.loads(source.read_text(encoding="utf8")).get(kind, []):
                for entry in group.get("entry", group.get("change", [])):
                    pages.add(entry["docs"].partition("#")[0])
    return sorted(pages)


def main(folder: str, source: str) -> None:
    """Write the list: a page, then its anchors, indented, each with its versions."""
    lines = [f"# Anchors of the Python documentation, from {source} by tools/docs_anchors.py."]
    for page in linked_pages():
        found = anchors_of((Path(folder) / page).read_text(encoding="utf8"))
        lines.append(page)
        for anchor in sorted(found):
            versions = sorted(found[anchor], key=lambda version: int(version[2:]))
            lines.append(" " + " ".join([anchor, *versions]))
    ANCHORS.write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main(*sys.argv[1:])
