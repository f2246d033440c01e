"""What the search knows: an entry for each place of the guide that a reader may look for.

Pages, sections and mistakes, rows of the reference tables, terms of the glossary, rows that lead
from a symptom to its explanation, and claims that are wrong. All are found by what they are in the
text, so a new one needs no work here. Each goes to its own anchor, is in ``objects.inv`` for other
projects (a label, and the glossary's terms as they were), and is in ``search.json``, which
``book/web/src/page/search`` ranks when a reader opens the search.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain

from .builder import public_name
from .cells import RecordedOutput, RunnableCell
from .checkpoints import Checkpoint
from .files import write_if_different
from .glance import Glance
from .page_data import PageData
from .reference import ReferenceTable
from .scripts import ScriptExample
from .verified import VerifiedRuns

INDEX = Path("_static", "overlap", "search.json")

#: What is no text of its section: code, what others have an entry for, what is not an answer.
NO_TEXT = (
    *(nodes.section, nodes.title, nodes.rubric, nodes.thead, nodes.raw, nodes.comment, nodes.target),
    nodes.literal_block,
    *(addnodes.index, addnodes.glossary, ReferenceTable, RecordedOutput, RunnableCell, ScriptExample),
    *(Checkpoint, Glance, VerifiedRuns),
)
#: The author's words for a place: ``% Found by: mutex, critical section``, below its heading.
FOUND_BY = re.compile(r"found by:(?P<words>.*)", re.IGNORECASE | re.DOTALL)
ERROR = re.compile(
    r"^\W*(?P<message>[\w.]*(?:Error|Warning|Exception|Group|Interrupt|Pool): .+)$", re.MULTILINE
)
NAME = re.compile(r"[A-Za-z_]\w{3,}")
QUOTED = re.compile(r"[\"“](?P<claim>[^\"“”]+)[\"”]")
#: Sections that every page has, and that answer nothing.
NO_ANSWER = {"Sources", "Recap"}
#: Words that mean the same, for the whole guide.
WORDS = Path(__file__).parents[1] / "search-words.toml"

Place = tuple[str, str]


@dataclass
class Entry:
    """A place that can be found."""

    kind: str
    docname: str
    anchor: str
    title: str
    slug: str = ""  # what links in the sources call a heading; its anchor may differ
    inside: list[str] = field(default_factory=list)  # the headings above it, the page's title apart
    text: str = ""
    also: list[str] = field(default_factory=list)  # other words for the same
    code: set[str] = field(default_factory=set)  # the names in its code
    leads_to: list[Place] = field(default_factory=list)  # pages with anchors or slugs

    def names(self) -> list[str]:
        """Return what a row shows that leads on: its messages, or its sentence."""
        return self.also or [self.title]


#: The entries of each page; the first is the page itself.
ENTRIES: PageData[list[Entry]] = PageData("search_entries")


def words_of(node: nodes.Node) -> str:
    """Return a node's text on one line, without markup that was written as HTML."""
    texts = node.findall(nodes.Text)
    shown = (text.astext() for text in texts if not isinstance(text.parent, (nodes.raw, nodes.comment)))
    return " ".join("".join(shown).split())


def links_of(node: nodes.Node, docname: str) -> list[Place]:
    """Return where the links in a node lead, as far as they stay in the guide."""
    found = []
    for link in node.findall(lambda n: isinstance(n, (nodes.reference, addnodes.pending_xref))):
        assert isinstance(link, nodes.Element)
        if link.get("reftype") == "myst":
            anchor = link.get("reftargetid")
            found.append((link["reftarget"], anchor if isinstance(anchor, str) else ""))
        elif "refid" in link:
            found.append((docname, link["refid"]))
    return found


def led(node: nodes.Element, word: str) -> bool:
    """Return whether a paragraph begins with this word in bold: **Right**."""
    first = next((child for child in node.children if child.astext().strip()), None)
    return isinstance(first, nodes.strong) and first.astext().strip(" :") == word


class Collector:
    """The entries of one page."""

    def __init__(self, docname: str, doctree: nodes.document) -> None:
        self.docname = docname
        self.anchors = {name for node in doctree.findall(nodes.Element) for name in node["ids"]}
        self.entries: list[Entry] = []
        for section in doctree.children:
            if isinstance(section, nodes.section):
                self.section(section, [])

    def add(self, kind: str, anchor: str, title: str, inside: list[str]) -> Entry:
        """Add an entry that has no text yet."""
        entry = Entry(kind, self.docname, anchor, title, inside=inside)
        self.entries.append(entry)
        return entry

    def section(self, section: nodes.section, above: list[str]) -> None:
        """Add a section with all that is in it."""
        title = words_of(section[0])
        if title in NO_ANSWER:
            return
        paragraphs = [node for node in section.children if isinstance(node, nodes.paragraph)]
        claim = QUOTED.fullmatch(title)
        right = next((node for node in paragraphs if led(node, "Right")), None)
        kind = "section" if self.entries else "page"
        if claim and right is not None:
            self.claim(claim["claim"], section["ids"][0], above[1:], right, paragraphs[0])
            return
        if any(led(node, "Cause") for node in paragraphs) or "mistake" in " ".join(above[1:]).lower():
            kind = "mistake"
        entry = self.add(kind, section["ids"][0] if self.entries else "", title, above[1:])
        entry.slug = section.get("slug", "") if above else ""
        within = [*above, title]
        parts: list[str] = []
        for node in section.children:
            self.inside(node, entry, parts, within)
        entry.text = " ".join(parts)
        if not parts and kind != "page":  # only code, or only what has entries of its own
            self.entries.remove(entry)
        for child in section.children:
            if isinstance(child, nodes.section):
                self.section(child, within)

    def inside(self, node: nodes.Node, entry: Entry, parts: list[str], within: list[str]) -> None:
        """Collect what a node says, for its section or as entries of their own."""
        if isinstance(node, nodes.comment) and (found := FOUND_BY.fullmatch(node.astext().strip())):
            entry.also += [" ".join(words.split()) for words in found["words"].split(",")]
        elif isinstance(node, ReferenceTable):
            self.reference_rows(node, within)
        elif isinstance(node, addnodes.glossary):
            self.terms(node, within)
        elif isinstance(node, (RunnableCell, ScriptExample)):
            self.code(node, entry)
        elif isinstance(node, nodes.table) and self.is_guide(node):
            self.guide_rows(node, within)
        elif isinstance(node, nodes.row):
            parts.append(" · ".join(words_of(cell) for cell in node.children) + ".")
        elif isinstance(node, NO_TEXT):
            return
        elif isinstance(node, nodes.TextElement):
            parts.append(words_of(node))
        else:
            for child in node.children:
                self.inside(child, entry, parts, within)

    def code(self, example: nodes.Element, entry: Entry) -> None:
        """Remember the names in code, and the errors that it printed."""
        for block in example.findall(nodes.literal_block):
            if isinstance(block.parent, RecordedOutput):
                entry.also += [found["message"] for found in ERROR.finditer(block.astext())]
            else:
                entry.code |= set(NAME.findall(block.astext()))

    def reference_rows(self, table: ReferenceTable, within: list[str]) -> None:
        """Add the rows of a reference table: calls with their names, or changes of a release."""
        for row in body_rows(table):
            cells = cast(list[nodes.Element], row.children)
            named = next((node for node in cells[0].findall(nodes.literal) if node["ids"]), None)
            texts = [words_of(cell) for cell in cells]
            if named is not None:
                entry = self.add("call", named["ids"][0], named["ids"][0], within[1:])
                signature = texts[0].removeprefix(entry.title).removeprefix("()")
                entry.text = f"{signature and signature + ': '}{texts[1]} Usual mistake: {texts[2]}"
            else:
                entry = self.add("change", self.own_anchor(row, texts[1]), texts[1], within[1:])
                entry.text = f"{texts[0].capitalize()} in {within[-1]}."
            entry.leads_to = links_of(cells[-1], self.docname)

    def terms(self, glossary: addnodes.glossary, within: list[str]) -> None:
        """Add the terms of a glossary."""
        for item in glossary.findall(nodes.definition_list_item):
            definition = " ".join(words_of(node) for node in item[-1].findall(nodes.paragraph))
            for term in item.findall(nodes.term):
                self.add("term", term["ids"][0], words_of(term), within[1:]).text = definition

    def is_guide(self, table: nodes.table) -> bool:
        """Return whether a table leads on: two columns, and a link into the guide in each row's second."""
        rows = list(body_rows(table))
        return all(len(row.children) == 2 and links_of(row.children[1], self.docname) for row in rows)

    def guide_rows(self, table: nodes.table, within: list[str]) -> None:
        """Add the rows of a table that leads from what a reader sees to where it is explained."""
        for row in body_rows(table):
            seen, where = cast(list[nodes.Element], row.children)
            title = words_of(seen)
            if claim := QUOTED.fullmatch(title):
                self.claim(claim["claim"], self.own_anchor(row, title), within[1:], where)
                continue
            entry = self.add("symptom", self.own_anchor(row, title), title, within[1:])
            entry.text = f"→ {words_of(where)}"
            messages = [words_of(message) for message in seen.findall(nodes.literal)]
            if title == ", ".join(messages):
                entry.also = messages
            entry.leads_to = links_of(where, self.docname)

    def claim(
        self,
        words: str,
        anchor: str,
        above: list[str],
        right: nodes.Element,
        when: nodes.Element | None = None,
    ) -> None:
        """Add what is often said and wrong, with what is right."""
        entry = self.add("myth", anchor, words, above)
        truth = words_of(right)
        verdict = next(when.findall(nodes.emphasis), None) if when is not None else None
        entry.text = f"{words_of(verdict).rstrip('.')}. {truth}" if verdict is not None else truth
        entry.leads_to = links_of(right, self.docname)

    def own_anchor(self, row: nodes.row, words: str) -> str:
        """Give a row of a table an anchor, made from its words."""
        first = anchor = "row-" + "-".join(nodes.make_id(words).split("-")[:9])
        number = 1
        while anchor in self.anchors:
            number += 1
            anchor = f"{first}-{number}"
        self.anchors.add(anchor)
        row["ids"].append(anchor)
        return anchor


def body_rows(table: nodes.Element) -> Iterator[nodes.row]:
    """Return the rows of a table, its head apart."""
    for body in table.findall(nodes.tbody):
        yield from cast(list[nodes.row], body.children)


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the entries of a page, and give each a label for other projects (``doctree-read``)."""
    docname = app.env.docname
    entries = Collector(docname, doctree).entries
    ENTRIES.of(app.env)[docname] = entries
    labels = cast(StandardDomain, app.env.get_domain("std"))
    for entry in entries:
        if entry.kind in ("page", "term"):  # Sphinx has these
            continue
        name = entry.title if entry.kind == "call" else f"{public_name(docname)}:{entry.anchor}"
        if name.lower() not in labels.labels:
            title = f"Myth: “{entry.title}”" if entry.kind == "myth" else entry.title
            labels.note_hyperlink_target(name.lower(), docname, entry.anchor, title)


def write_index(app: Sphinx) -> None:
    """Write all entries, each with what leads to it, for the page's search."""
    pages = ENTRIES.of(app.env)
    entries = [entry for docname in sorted(pages) for entry in pages[docname]]
    by_place = {(docname, ""): found[0] for docname, found in pages.items() if found}
    for entry in entries:
        by_place |= {(entry.docname, name): entry for name in (entry.slug, entry.anchor) if name}
    leading: dict[int, list[Entry]] = {}
    for entry in entries:
        for place in dict.fromkeys(entry.leads_to):
            if place in by_place:
                leading.setdefault(id(by_place[place]), []).append(entry)

    def led_by(entry: Entry, *kinds: str) -> Iterator[Entry]:
        return (other for other in leading.get(id(entry), ()) if other.kind in kinds)

    known = {part for entry in entries if entry.kind == "call" for part in entry.title.split(".")}
    written = [
        {
            "kind": entry.kind,
            "page": pages[entry.docname][0].title,
            "inside": entry.inside,
            "title": entry.title,
            "at": address(app, entry),
            "text": " ".join(filter(None, [description(app, entry), entry.text])),
            "also": list(
                dict.fromkeys(
                    [*entry.also, *(name for other in led_by(entry, "symptom") for name in other.names())]
                )
            ),
            "hidden": sorted((entry.code & known) | {other.title for other in led_by(entry, "call", "myth")}),
        }
        for entry in entries
    ]
    same = tomllib.loads(WORDS.read_text(encoding="utf8"))["same"]
    content = {"entries": written, "same": same}
    write_if_different(
        Path(app.outdir) / INDEX, json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    )


def address(app: Sphinx, entry: Entry) -> str:
    """Return where an entry is, from the site's root."""
    page = app.builder.get_target_uri(entry.docname)
    return f"{page}#{entry.anchor}" if entry.anchor else page


def description(app: Sphinx, entry: Entry) -> str:
    """Return what the front matter says of a page."""
    return str(app.env.metadata[entry.docname].get("description", "")) if entry.kind == "page" else ""


def setup(app: Sphinx) -> None:
    """Connect to the build."""
    ENTRIES.connect(app)
    app.connect("doctree-read", collect)
