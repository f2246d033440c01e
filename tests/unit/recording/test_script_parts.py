"""Parts of a script and of what it printed."""

from book.examples.scripts import output_of

TEXT = "[first]\none\n[not a part] two\n[second]\nthree\n"


def test_a_part_has_the_output_below_its_name():
    """Up to the next name of a part; other brackets are output."""
    assert output_of(TEXT, "first") == "one\n[not a part] two\n"
    assert output_of(TEXT, "second") == "three\n"


def test_without_its_name_in_the_output_a_part_shows_all_of_it():
    assert output_of(TEXT, "third") == TEXT
    assert output_of(TEXT, None) == TEXT
