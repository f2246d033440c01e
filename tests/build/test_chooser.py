"""Choosers: a nested list, complete without JavaScript."""

import re

import pytest

from book.extension.notebook_form import plain_markdown

DOCS = "https://docs.python.org/3/library/multiprocessing.html"
TREE = f"""
```{{chooser}} What does the program do most of the time?
- **It waits.** For how many things at once?
  - **A few.** Take [threads](index.md).
  - **Thousands.** Take [tasks](index.md).
- **It computes.** Take [processes]({DOCS}).
```
"""


def test_a_chooser_is_a_nested_list(book):
    """Without a script: the question, and everything else in one open list."""
    page = book.build(TREE)
    assert book.warnings == []
    chooser = re.search(r'<div class="chooser" data-chooser.*?</details>', page, re.DOTALL)[0]
    assert '<p class="chooser-question">What does the program do most of the time?</p>' in chooser
    assert '<details open class="fold">' in chooser
    assert chooser.count("<ul") == 2
    assert chooser.count("<a ") == 3


BROKEN_TREES = {
    "Thousands": ("  - **Thousands.** Take [tasks](index.md).\n", "", "It waits", "at least two answers"),
    "link": (f"[processes]({DOCS})", "processes", "It computes", "ends without a link"),
    "bold": ("**A few.**", "A few.", "A few", "begins with an answer in bold"),
    "question": ("For how many things at once?", "", "It waits", "asks no question"),
    "first": (" What does the program do most of the time?", "", "{chooser}", "needs a first question"),
    "body": (f"({DOCS}).\n", f"({DOCS}).\n\nA remark.\n", "{chooser}", "one nested list"),
}


@pytest.mark.parametrize("name", BROKEN_TREES)
def test_a_malformed_tree_is_reported_with_its_line(book, name):
    """One answer only, an end without a link, and so on."""
    old, new, text, message = BROKEN_TREES[name]
    assert old in TREE
    book.build(TREE.replace(old, new))
    assert len(book.warnings) == 1, book.warnings
    assert message in book.warnings[0]
    assert f"index.md:{book.line_of(text)}: " in book.warnings[0]


def test_in_a_notebook_a_chooser_is_its_question_and_its_list(book):
    """Nothing asks there, so all answers are shown."""
    text = plain_markdown(TREE, "../")
    assert "**What does the program do most of the time?**\n\n- **It waits.**" in text
    assert "  - **A few.** Take [threads](index.ipynb)." in text
