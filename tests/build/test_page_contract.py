"""The HTML that the runner, the tests and other tools rely on (book/ARCHITECTURE.md)."""

import json
import re

import pytest

from .conftest import Elements, record

CELLS = """
```{code-cell} python
greeting = "<b>hello</b>"
print(greeting)
```

```{code-cell} python
:tags: [match-sample]
print(greeting.upper())
```

```{code-cell} python
:tags: [raises-exception]
raise ValueError("on purpose")
```

```{code-cell} python
:tags: [remove-input, skip-in-page]
print("drawn at build")
```
"""


@pytest.fixture
def cells_page(book):
    """A page of four cells, executed."""
    page = book.build(CELLS, execute="force")
    assert book.warnings == []
    return page


def test_runnable_cells_are_numbered_and_idle(cells_page):
    """Each cell with code is found by data-runs, numbered from 1, and starts idle."""
    cells = Elements(cells_page).having("data-runs", "browser")
    assert [cell["data-cell"] for cell in cells] == ["1", "2", "3"]
    assert {cell["data-state"] for cell in cells} == {"idle"}


def test_needs_and_match_are_written(cells_page):
    """The runner learns which cells come first, the tests how to compare."""
    cells = Elements(cells_page).having("data-runs", "browser")
    assert [cell["data-needs"] for cell in cells] == ["", "1", ""]
    assert [cell["data-uses"] for cell in cells] == ["", "greeting:1", ""]
    assert [cell["data-match"] for cell in cells] == ["exact", "sample", "error"]


def test_source_is_the_exact_code(cells_page):
    """What runs is the author's source, not what the highlighter made of it."""
    sources = re.findall(r"<script type=\"application/json\" data-source>(.*?)</script>", cells_page)
    assert json.loads(sources[0]) == 'greeting = "<b>hello</b>"\nprint(greeting)'


def test_recorded_output_is_labeled_with_the_python_that_made_it(cells_page):
    """Recorded output is there without JavaScript and says where it comes from."""
    assert len(Elements(cells_page).having("data-output", "recorded")) == 3
    assert re.search(r"Recorded output · CPython 3\.\d+\.\d+ on \w+, when this site was built", cells_page)
    assert "&lt;b&gt;hello&lt;/b&gt;" in cells_page
    assert "<b>hello</b>" not in cells_page


def test_live_output_is_a_polite_live_region(cells_page):
    """Screen readers hear what a run prints."""
    live = Elements(cells_page).having("data-output", "live")
    assert len(live) == 3
    assert all(region["aria-live"] == "polite" and "hidden" in region for region in live)


def test_cell_without_code_has_no_controls(cells_page):
    """A chart drawn at build is a picture, not a cell to run."""
    assert "drawn at build" in cells_page
    assert "drawn-at-build" in cells_page


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


def test_glance_counts_what_runs_where(book):
    """At a glance is computed from the page."""
    page = book.build("```{code-cell} python\nprint(1)\n```")
    glance = re.search(r'<dl class="at-a-glance".*?</dl>', page, re.DOTALL)[0]
    assert "<dd>1 cell</dd>" in glance
    assert "<dd>0 scripts</dd>" in glance
    assert "<dd>3.11 or newer</dd>" in glance
