"""Checkpoints: real radio buttons with explanations; a bad one is reported with its line."""

import pytest

from book.extension.notebook_form import plain_markdown

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
    assert [a["data-right"] for a in elements.having("data-right")] == ["false", "true"]
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
