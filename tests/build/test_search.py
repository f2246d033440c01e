"""What the search knows is found by what it is: a new page or row needs no work for it."""

import json

import pytest
from sphinx.util.inventory import InventoryFile

from .conftest import Elements

PAGE = """
What the page is for.

## Keep the loop free

% Found by: blocked loop, event loop hangs

A call that waits stops `every` task. {{ nothing }}

```python
import asyncio
```

### The loop hangs

**Cause**: a call that blocks.

```{checkpoint} What stops the loop?
- [x] A call.

  It does.

- [ ] A wrong answer.

  No.
```

## Pick by symptom

| what you see | where to look |
|---|---|
| `RuntimeError: no loop` | [Keep it free](#keep-the-loop-free) |
| "A loop never waits." | It [does](#keep-the-loop-free). |
| Nothing works. | [This page](index.md) |

| what | how |
|---|---|
| a plain table | with words |

## "One task stops no other."

*Never true.* See:

**Right**: it stops [all of them](#keep-the-loop-free).

## Words

```{glossary}
worker
  Does work.
```

## Sources

- [docs](https://docs.python.org/3/)
"""


@pytest.fixture
def entries(book):
    """The entries of the page, by their titles."""
    book.build(PAGE)
    assert book.warnings == []
    index = json.loads((book.output / "_static" / "overlap" / "search.json").read_text(encoding="utf8"))
    assert all("kill" in group for group in index["same"][:1])
    found = {entry["title"]: entry for entry in index["entries"]}
    assert len(found) == len(index["entries"])
    return found


def test_every_kind_of_place_is_an_entry(entries):
    """A page, its sections and mistakes, rows that lead on, claims, terms; not what answers nothing."""
    assert {title: entry["kind"] for title, entry in entries.items()} == {
        "Title": "page",
        "Keep the loop free": "section",
        "The loop hangs": "mistake",
        "Pick by symptom": "section",
        "RuntimeError: no loop": "symptom",
        "A loop never waits.": "myth",
        "Nothing works.": "symptom",
        "One task stops no other.": "myth",
        "worker": "term",
    }


def test_an_entry_leads_to_an_anchor_that_exists(entries, book):
    """The anchors of rows are made for it."""
    page = Elements((book.output / "index.html").read_text(encoding="utf8"))
    ids = {attributes["id"] for attributes in page.having("id")}
    for title, entry in entries.items():
        name, _, anchor = entry["at"].partition("#")
        assert name == "index.html"
        assert anchor in ids or title == "Title", entry
    assert entries["RuntimeError: no loop"]["at"] == "index.html#row-runtimeerror-no-loop"


def test_text_is_what_the_page_says(entries):
    """Without code and questions; tables that lead nowhere belong to their section."""
    assert entries["Keep the loop free"]["text"] == "A call that waits stops every task. {{ nothing }}"
    assert entries["The loop hangs"]["text"] == "Cause: a call that blocks."
    assert entries["Pick by symptom"]["text"] == "a plain table · with words."
    assert entries["worker"]["text"] == "Does work."
    assert entries["The loop hangs"]["inside"] == ["Keep the loop free"]


def test_a_claim_comes_with_the_truth(entries):
    """Under a heading, and in a row."""
    assert entries["One task stops no other."]["text"] == "Never true. Right: it stops all of them."
    assert entries["A loop never waits."]["text"] == "It does."


def test_a_place_is_found_by_its_authors_words_and_by_what_leads_to_it(entries):
    """What a symptom says is shown as another name; a wrong claim finds the truth, and is not shown there."""
    place = entries["Keep the loop free"]
    assert place["also"] == ["blocked loop", "event loop hangs", "RuntimeError: no loop"]
    assert place["hidden"] == ["A loop never waits.", "One task stops no other."]
    assert entries["Title"]["also"] == ["Nothing works."]


def test_other_projects_can_link_to_entries(entries, book):
    """They are in objects.inv, a claim as what it is; the glossary's terms stay terms."""
    with (book.output / "objects.inv").open("rb") as file:
        labels = InventoryFile.load(file, "", lambda base, path: path)
    places = {name: (item[2], item[3]) for name, item in labels["std:label"].items()}
    row = "row-runtimeerror-no-loop"
    assert places[f"index:{row}"] == (f"index.html#{row}", "RuntimeError: no loop")
    assert places["index:keep-the-loop-free"][0] == "index.html#keep-the-loop-free"
    assert places["index:one-task-stops-no-other"][1] == "Myth: “One task stops no other.”"
    assert "worker" in labels["std:term"]


def test_errors_that_code_printed_find_its_section(book):
    """Recorded output counts, whatever the page says about it."""
    book.build(
        "## Section\n\nWords.\n\n```{code-cell} python\n:tags: [raises-exception]\n1 / 0\n```\n", "force"
    )
    index = json.loads((book.output / "_static" / "overlap" / "search.json").read_text(encoding="utf8"))
    section = next(entry for entry in index["entries"] if entry["title"] == "Section")
    assert "ZeroDivisionError: division by zero" in section["also"]


def test_rows_of_reference_tables_are_entries(book):
    """A call by its name, a change by what it says; a section's title is where they are."""
    book.build(
        "## Queues\n\n```{reference} asyncio\n:section: Queues\n```\n\n"
        "## Python 3.8\n\n```{reference} what-changed\n:section: 3.8\n```\n"
    )
    index = json.loads((book.output / "_static" / "overlap" / "search.json").read_text(encoding="utf8"))
    entries = {entry["title"]: entry for entry in index["entries"]}
    put = entries["asyncio.Queue.put"]
    assert (put["kind"], put["at"], put["inside"]) == ("call", "index.html#asyncio.Queue.put", ["Queues"])
    assert put["text"].startswith("(item): Waits for room")
    change = entries["python -m asyncio is a prompt that takes await."]
    assert (change["kind"], change["text"]) == ("change", "Added in Python 3.8.")
    assert change["at"] == "index.html#row-python-m-asyncio-is-a-prompt-that-takes-await"
