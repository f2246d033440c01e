"""Scripts: code, download and recorded output; what is missing is reported with its line."""

import pytest

from book.extension.notebook_form import plain_markdown

from .conftest import Elements, only_warning, record

SCRIPT = '''"""Say hello."""


# [greet]
def main():
    print("hello")
# [/greet]


if __name__ == "__main__":
    main()
'''


@pytest.fixture
def script(book):
    """A good script with a good recording."""
    path = book.scripts / "threads" / "hello.py"
    path.parent.mkdir()
    path.write_text(SCRIPT, encoding="utf8")
    record(path)
    return path


def test_a_good_page_builds_without_a_warning(book, script):
    """The other tests mean something only if this one is silent."""
    book.build("```{script} threads/hello.py\n```")
    assert book.warnings == []


def test_missing_script_names_page_line_and_the_closest_name(book, script):
    """A typo in a script's name is reported with what was probably meant."""
    book.build("""
        ```{script} threads/hello.py
        ```
        ```{script} threads/helo.py
        ```
    """)
    warning = only_warning(book)
    assert f"index.md:{book.line_of('helo.py')}" in warning
    assert "Did you mean scripts/threads/hello.py?" in warning


def test_stale_recording_names_the_command_that_mends_it(book, script):
    """A script edited after it was recorded fails the build."""
    script.write_text(SCRIPT.replace("hello", "good day"), encoding="utf8")
    book.build("```{script} threads/hello.py\n```")
    warning = only_warning(book)
    assert "stale" in warning
    assert "make record SCRIPT=threads/hello.py" in warning


def test_missing_recording_names_the_command_that_mends_it(book, script):
    """A script that was never recorded fails the build."""
    script.with_suffix(".out").unlink()
    book.build("```{script} threads/hello.py\n```")
    assert "make record SCRIPT=threads/hello.py" in only_warning(book)


def test_recording_edited_by_hand_fails(book, script):
    """What a recording says was printed must be what was printed."""
    recording = script.with_suffix(".out")
    recording.write_text(recording.read_text(encoding="utf8").replace("hello\n", "hi\n"), encoding="utf8")
    book.build("```{script} threads/hello.py\n```")
    assert "edited by hand" in only_warning(book)


def test_unknown_part_lists_the_parts_there_are(book, script):
    """A part that is not marked in the script is reported with those that are."""
    book.build("""
        ```{script} threads/hello.py
        ```
        ```{script} threads/hello.py
        :part: greeting
        ```
    """)
    assert "has no part 'greeting' (its parts: greet)" in only_warning(book)


def test_script_no_page_shows_is_reported(book, script):
    """Every download can be found from some page."""
    book.build("Nothing here.")
    warning = only_warning(book)
    assert "hello.py:1" in warning
    assert "no page shows this script whole" in warning


def test_script_shown_only_in_part_is_reported(book, script):
    """A part alone does not show the reader what the download holds."""
    book.build("```{script} threads/hello.py\n:part: greet\n```")
    assert "no page shows this script whole" in only_warning(book)


def test_script_has_badge_why_download_and_provenance(book):
    """A local-only example follows the contract."""
    script = book.scripts / "threads" / "hello.py"
    script.parent.mkdir()
    script.write_text('print("hello")\n', encoding="utf8")
    record(script)
    page = book.build("```{script} threads/hello.py\n```")
    elements = Elements(page)
    assert [a["data-model"] for a in elements.having("data-runs", "local")] == ["threads"]
    assert "runs locally only" in page
    assert "<summary>why?</summary>" in page
    assert elements.having("download")[0]["href"] == "scripts/threads/hello.py"
    assert "Recorded output · CPython 3.13.0 on Linux x86_64, 2 cores" in page


def test_download_is_byte_for_byte_the_script(book):
    """Readers get the file that was tested, line ends included."""
    script = book.scripts / "threads" / "hello.py"
    script.parent.mkdir()
    script.write_bytes(b'print("hello")\r\n')
    record(script)
    book.build("```{script} threads/hello.py\n```")
    assert (book.output / "scripts" / "threads" / "hello.py").read_bytes() == script.read_bytes()


def test_in_a_notebook_a_script_is_readable_code_with_its_download_and_output(book, script):
    """A local-only example shows its code, says so, links the file and shows the recording."""
    script.write_text("# [greet]\nprint('hello')\n# [/greet]\n", encoding="utf8")
    record(script)
    text = plain_markdown("```{script} threads/hello.py\n```\n", "../")
    assert "```python\nprint('hello')\n```" in text
    assert "runs locally only" in text
    assert "(../scripts/threads/hello.py)" in text
    assert "```text\nhello\n```" in text
