"""Checkpoints: real radio buttons with explanations; a bad one is reported with its line."""

import re
from collections import Counter

import pytest

from book.extension.notebook_form import plain_markdown
from tests.conftest import PAGES

from .conftest import Elements, only_warning


def test_checkpoint_is_real_radio_buttons_in_a_fieldset(book):
    """Choices work with the keyboard; each explanation says right or wrong in words."""
    page = book.build("""
        :::{checkpoint} What is `1 + 1`?
        - [ ] Three.

          One too many.

        - [x] Two.

          One and one.
        :::
    """)
    assert book.warnings == []
    elements = Elements(page)
    radios = elements.having("type", "radio")
    assert len(radios) == 2
    assert len({radio["name"] for radio in radios}) == 1
    labels = {label["for"] for label in elements.having("for")}
    assert labels >= {radio["id"] for radio in radios}
    assert sorted(a["data-right"] for a in elements.having("data-right")) == ["false", "true"]
    assert "Right." in page
    assert "Not this one." in page
    assert 'aria-live="polite"' in page


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ("- [ ] One.\n\n  No.\n\n- [ ] Two.\n\n  No.", "exactly one right answer, marked `- [x]`; it has 0"),
        ("- [x] One.\n\n  Yes.\n\n- [x] Two.\n\n  Yes.", "it has 2"),
        ("- [x] One.\n\n  Yes.", "at least two choices"),
        ("- [x] One.\n\n  Yes.\n\n- [ ] Two.", "“Two.” has no explanation"),
    ],
)
def test_bad_checkpoint_says_what_is_wrong(book, choices, problem):
    """A checkpoint has one right answer, and an explanation for every choice."""
    book.build(f"```{{checkpoint}} Which?\n{choices}\n```")
    warning = only_warning(book)
    assert f"index.md:{book.line_of('{checkpoint}')}" in warning
    assert problem in warning


def test_fence_that_markdown_does_not_read_is_reported(book):
    """Backticks after an opening fence make it plain text; nobody should publish that."""
    book.build("```{checkpoint} What is `x`?\n- [x] One.\n```")
    assert any("shown as text" in warning for warning in book.warnings)


def test_in_a_notebook_choices_are_first_and_answers_folded_away(book):
    """Readers can think before they see the answer."""
    text = plain_markdown(
        ":::{checkpoint} What is `1 + 1`?\n- [ ] Three.\n\n  No.\n\n- [x] Two.\n\n  Yes.\n:::\n", "../"
    )
    assert text.index("- Two.") < text.index("<summary>Answers</summary>") < text.index("**right.**")


NUMBERS = ["10.", "200.", "10, then 200.", "None."]


def test_a_choice_that_looks_like_a_list_is_an_answer_with_a_name(book):
    """`10.` at the beginning of a line begins a list in Markdown."""
    choices = "".join(f"- [{'x' if n == '10.' else ' '}] {n}\n\n  Because.\n\n" for n in NUMBERS)
    page = book.build(f":::{{checkpoint}} How many?\n{choices}:::\n")
    assert book.warnings == []
    shown = [re.sub(r"<[^>]+>", "", label).strip() for label in re.findall(r"<label.*?</label>", page, re.S)]
    assert sorted(shown) == sorted(NUMBERS)
    assert "<ol" not in page


def test_page_and_notebook_show_the_choices_in_one_order_that_is_not_the_authors(book):
    """And the notebook asks a question that stands in the body."""
    words = ["One.", "Two.", "Three.", "Four.", "Five.", "Six."]
    choices = "".join(f"- [{'x' if word == 'Two.' else ' '}] {word}\n\n  Because.\n\n" for word in words)
    text = f":::{{checkpoint}}\n`x` is what?\n\n{choices}:::\n"
    page, notebook = book.build(text), plain_markdown(text, "../")
    in_page = [
        re.sub(r"<[^>]+>", "", label).strip() for label in re.findall(r"<label.*?</label>", page, re.S)
    ]
    in_notebook = re.findall(r"^- (\w+\.)$", notebook, re.M)
    assert in_page == in_notebook != words
    assert "`x` is what?" in notebook


def test_the_place_of_the_right_answer_says_nothing():
    """On the pages of this guide: no place has more than half of the right answers of three."""
    places = Counter()
    for page in PAGES:
        for body in re.findall(r"^[`:]{3,}\{checkpoint\}.*?^[`:]{3,}$", page.read_text("utf8"), re.M | re.S):
            notebook = plain_markdown(body + "\n", "../")
            verdicts = re.findall(r"^- .*?\*\*(right|not this one)\.\*\*", notebook, re.M)
            places[len(verdicts), verdicts.index("right")] += 1
    of_three = [places[3, place] for place in range(3)]
    assert sum(of_three) > 30
    assert max(of_three) <= sum(of_three) / 2
