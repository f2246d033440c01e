"""Tables of a page, as a phone shows them."""

import re

THREE = """
| bottleneck | take `it` | why |
|---|---|---|
| waiting | threads | they overlap |
| computing | | more cores |
"""


def cells(page):
    """The text of each cell of the body, with the hidden names of the columns."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<td.*?</td>", body, re.S)]


def test_a_cell_of_a_wide_table_has_the_name_of_its_column(book):
    """Where cells stand below each other, one must know what each is about. An empty one says nothing."""
    page = book.build(THREE)
    assert cells(page) == [
        "bottleneck: waiting", "take it: threads", "why: they overlap",
        "bottleneck: computing", "", "why: more cores",
    ]  # fmt: skip
    assert page.count('class="column-name"') == 5
    assert re.search(r'<table class="[^"]*\bstacks\b', page)


def test_two_columns_stay_beside_each_other(book):
    """They fit on a phone."""
    page = book.build("| in the kitchen | in Python |\n|---|---|\n| a cook | thread |")
    assert cells(page) == ["a cook", "thread"]
    assert "stacks" not in page
