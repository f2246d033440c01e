"""Terms link to the glossary and bring their definition along."""

import html
import re

import pytest

from book.extension.notebook_form import plain_markdown
from tools.browser import ROOT

GLOSSARY = ROOT / "reference" / "glossary.md"
PAGE = """
Four {term}`workers <worker>` share a {term}`pool`.

```{glossary}
worker
  A thread that takes `work`.

  Shown in [Threads](https://example.org).

pool
  Some workers.
```
"""


def entries():
    """Term, definition and last paragraph of each entry of the guide's glossary."""
    block = re.search(r"```\{glossary\}\n(.*?)\n```", GLOSSARY.read_text(encoding="utf8"), re.DOTALL)[1]
    for entry in re.split(r"\n(?=\S)", block):
        term, definition, where = (part.strip() for part in re.split(r"\n\n?  ", entry.strip()))
        yield pytest.param(term, definition, where, id=term)


def test_a_term_is_a_link_with_its_definition(book):
    """The role links to the entry; its first paragraph is the link's title, as plain words."""
    page = book.build(PAGE)
    assert book.warnings == []
    link = re.search(r'<a class="[^"]*\bterm\b[^"]*" href="#term-worker" title="([^"]*)"', page)
    assert html.unescape(link[1]) == "A thread that takes work."
    assert ">workers</span></a>" in page


def test_a_term_that_the_glossary_lacks_is_reported_with_its_line(book):
    """A misspelled term fails the build."""
    book.build("{term}`wroker`\n\n```{glossary}\nworker\n  A thread.\n```")
    assert len(book.warnings) == 1
    assert "index.md:" in book.warnings[0]
    assert "wroker" in book.warnings[0]


def test_a_notebook_has_the_plain_word():
    """JupyterLite knows no roles: the term is a word there, the glossary a list."""
    text = plain_markdown(PAGE, "../")
    assert "Four workers share a pool." in text
    assert "**worker**: A thread that takes `work`." in text
    assert "\nShown in [Threads](https://example.org)." in text


@pytest.mark.parametrize(("term", "definition", "where"), list(entries()))
def test_an_entry_is_short_and_names_a_page(term, definition, where):
    """One or two sentences, and a link to the place that teaches it."""
    plain = re.sub(r"`[^`]*`|\d\.\d+", "", definition)
    assert 1 <= len(re.findall(r"[.](?= |$)", plain)) <= 2, definition
    assert re.fullmatch(r"(Shown|Listed) (in|under) \[[^]]+\]\([\w./-]+\.md#[\w-]+\)\.", where)


def test_the_glossary_is_in_order():
    """Readers look words up."""
    terms = [entry.values[0] for entry in entries()]
    assert terms == sorted(terms, key=str.lower)
    assert len(terms) > 50


@pytest.mark.parametrize("page", sorted(ROOT.glob("[!_.]*/*.md")), ids=lambda page: page.stem)
def test_a_page_explains_a_term_once(page):
    """The first use is marked, and only the first: a page full of dots is hard to read."""
    roles = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", page.read_text(encoding="utf8"))
    assert len(roles) == len({role.lower() for role in roles}), sorted(roles)
