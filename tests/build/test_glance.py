"""At a glance: computed from the page."""

import re

from book.extension import glance

from .conftest import only_warning


def test_glance_counts_what_runs_where(book):
    """At a glance is computed from the page."""
    page = book.build("```{code-cell} python\nprint(1)\n```")
    glance = re.search(r'<dl class="at-a-glance".*?</dl>', page, re.DOTALL)[0]
    assert "<dd>1 cell</dd>" in glance
    assert "<dd>0 scripts</dd>" in glance
    assert "<dd>3.11 or newer</dd>" in glance


def test_page_without_level_is_reported(book, monkeypatch):
    """At a glance cannot be computed without the two facts that only the author knows."""
    monkeypatch.setattr(glance, "LEVELS", ("advanced",))
    book.build("Text.")
    assert "needs `level:`" in only_warning(book)
