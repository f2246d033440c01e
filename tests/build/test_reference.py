"""The reference tables: built from data, and a bad entry is reported with file and line."""

import re

import pytest

from book.extension import reference

GOOD = """
[[section]]
title = "Run"

[[section.entry]]
name = "asyncio.run"
signature = "(main)"
meaning = "Runs `main`."
added = "3.7"
changed = { "3.12" = "`loop_factory`" }
mistake = "Calling it twice."
guide = "#a-heading"
docs = "library/asyncio-runner.html#asyncio.run"
"""


@pytest.fixture
def table(book, tmp_path, monkeypatch):
    """Build a page that shows the section of some data; its HTML."""
    data = tmp_path / "data"
    data.mkdir()
    known = "# source\nlibrary/asyncio-runner.html\n asyncio.run\n"
    (data / "anchors.txt").write_text(known, encoding="utf8")
    monkeypatch.setattr(reference, "DATA", data)
    monkeypatch.setattr(reference, "ANCHORS", data / "anchors.txt")

    def build(toml, section="Run"):
        (data / "asyncio.toml").write_text(toml, encoding="utf8")
        return book.build(f"## A heading\n\n```{{reference}} asyncio\n:section: {section}\n```\n")

    return build


def test_an_entry_is_a_row(table, book):
    """Name with signature, meaning with versions, mistake, links into the guide and the docs."""
    page = table(GOOD)
    assert book.warnings == []
    assert "asyncio.run(main)" in re.sub(r"<[^>]*>", "", page)
    assert 'id="asyncio.run"' in page
    assert "New in 3.7; 3.12: " in page
    assert 'href="#a-heading"' in page
    assert 'href="https://docs.python.org/3/library/asyncio-runner.html#asyncio.run"' in page


@pytest.mark.parametrize(
    ("old", "new", "words", "line_with"),
    [
        ('mistake = "Calling it twice."\n', "", "the entry needs `mistake = ...`", "name = "),
        ("mistake = ", "mistakes = ", "the entry needs `mistake = ...`", "name = "),
        ("signature = ", 'colour = "red"\nsignature = ', "unknown key `colour`", "name = "),
        ("#asyncio.run", "#asyncio.walk", "has no library/asyncio-runner.html#asyncio.walk", "name = "),
        ("#a-heading", "#no-heading", "has no heading #no-heading", "name = "),
        ("#a-heading", "recipes/none.md#x", "the guide has no page recipes/none.md", "name = "),
    ],
)
def test_a_bad_entry_is_reported_with_its_file_and_line(table, book, tmp_path, old, new, words, line_with):
    """The build fails, and says where and what."""
    assert old in GOOD
    toml = GOOD.replace(old, new)
    table(toml)
    line = next(number for number, text in enumerate(toml.splitlines(), 1) if text.startswith(line_with))
    place = f"{tmp_path / 'data' / 'asyncio.toml'}:{line}: "
    assert any(warning.startswith(place) and words in warning for warning in book.warnings), book.warnings


def test_data_that_cannot_be_read_and_unknown_sections_are_reported(table, book):
    """The page is named, because the mistake may be there."""
    table("[[section")
    assert any("asyncio.toml cannot be read" in warning for warning in book.warnings)
    table(GOOD, section="Walk")
    assert any("has no section 'Walk'. It has: Run." in warning for warning in book.warnings)


def test_a_section_that_no_page_shows_is_reported(table, book):
    """Data that no reader sees is a mistake."""
    table(GOOD + GOOD.replace('"Run"', '"Hidden"'))
    assert any("no page shows the section 'Hidden'" in warning for warning in book.warnings)
