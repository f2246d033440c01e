"""What a run may print, and how the streams tell the page."""

import sys

import pytest
from overlap_page.streams import MAX_CHARS, MAX_LINES, NoInput, Output, Stream


@pytest.fixture
def output():
    return Output(1)


def test_text_is_admitted_up_to_a_number_of_lines_and_the_rest_is_counted(output):
    """Ten thousand lines, printed in pieces."""
    shown = "".join(output.admit(part) for i in range(MAX_LINES + 500) for part in (f"line {i}", "\n"))
    assert MAX_LINES == 10_000
    assert shown.count("\n") == 10_000
    assert shown.endswith(f"line {MAX_LINES - 1}\n")
    assert output.full
    assert output.left_out == 500


def test_one_write_with_too_many_lines_is_cut_after_the_last_that_fits(output):
    """The last line that is shown is whole."""
    shown = output.admit("x\n" * (MAX_LINES + 7))
    assert (shown.count("\n"), shown[-1], output.left_out) == (10_000, "\n", 7)


def test_exactly_the_limit_is_not_over_it(output):
    """Nothing is left out, so nothing is said."""
    output.admit("x\n" * MAX_LINES)
    assert not output.full


def test_text_is_admitted_up_to_a_number_of_characters(output):
    """A million characters, also without a line break."""
    assert len(output.admit("x" * (MAX_CHARS + 1))) == 1_000_000
    assert output.full
    assert output.admit("y") == ""


def test_clearing_output_starts_the_count_again(output):
    """What was printed before is not on the page any more."""
    output.admit("x" * (MAX_CHARS + 1))
    output.clear()
    assert output.admit("again") == "again"


def test_the_rest_of_a_line_that_is_cut_is_not_a_line_more(output):
    """Its beginning is shown."""
    output.admit("y" * (MAX_CHARS * 2))
    output.admit("\n")
    of_cut = output.left_out
    output.admit("next\n")
    assert [of_cut, output.left_out] == [0, 1]


class Told:
    """A page that keeps what it is told."""

    def __init__(self):
        self.said = []

    def stream(self, run, name, text):
        self.said.append((run, name, text))

    def full(self, run):
        self.said.append((run, "full"))


def test_a_stream_tells_the_page_what_is_shown_and_once_that_no_more_is(output):
    """`print` writes the text and its end."""
    page = Told()
    stream = Stream("stderr", page, lambda: output)
    print("hello", file=stream)
    assert stream.write("x" * MAX_CHARS) == MAX_CHARS
    stream.write("more")
    assert [len(said) for said in page.said] == [3, 3, 3, 2]
    assert page.said[:2] == [(1, "stderr", "hello"), (1, "stderr", "\n")]
    assert page.said[-1] == (1, "full")


def test_a_stream_takes_only_text(output):
    """As every text stream does."""
    with pytest.raises(TypeError, match="must be str, not int"):
        Stream("stdout", Told(), lambda: output).write(1)


@pytest.mark.parametrize("read", ["read", "readline", "readlines"])
def test_standard_input_says_that_there_is_none(monkeypatch, read):
    """And not that the stream cannot be read."""
    monkeypatch.setattr(sys, "stdin", NoInput())
    assert sys.stdin.readable()
    with pytest.raises(RuntimeError, match="no input in a page"):
        getattr(sys.stdin, read)()
