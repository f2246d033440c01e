"""The tables of all scripts and cells with their last verified run."""

import dataclasses
import datetime
import platform
import re

from book.examples.recording import Recording
from book.extension import verified

from .conftest import record


def rows(html):
    """The text of each cell of each table row, without the heads."""
    return [
        [re.sub(r"<[^>]+>|\n", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)]
        for row in re.findall(r"<tr.*?</tr>", html, re.S)
        if "<td>" in row
    ]


def test_a_script_with_all_its_recordings(book):
    """Both Pythons, and the day of the later one."""
    script = book.scripts / "threads" / "pool.py"
    script.parent.mkdir()
    script.write_text("print(1)\n", encoding="utf8")
    record(script)
    first = Recording.read(script.with_suffix(".out"))
    later = dataclasses.replace(first, python="3.14.9", build="CPython-free-threaded", date="2031-05-06")
    later.write(script.with_suffix(".3.14t.out"))
    html = book.build("""
        ```{script} threads/pool.py
        ```

        ```{verified-runs} scripts
        ```
    """)
    assert book.warnings == []
    both = f"{first.python}, 3.14.9 (free-threaded build)"
    assert rows(html) == [["threads/pool.py", "Title", both, "2031-05-06", first.match]]


def test_every_cell_is_linked(book):
    """One row for the page, with the Python of the build and the day."""
    html = book.build(
        """
        ```{code-cell} python
        print("one")
        ```

        ```{code-cell} python
        print("two")
        ```

        ```{verified-runs} cells
        ```
        """,
        execute="force",
    )
    assert book.warnings == []
    python = f"CPython {platform.python_version()} on {platform.system()}"
    assert rows(html) == [["Title", "1, 2", python, datetime.date.today().isoformat()]]
    for number in (1, 2):
        assert f'href="#cell-{number}"' in html
        assert f'id="cell-{number}"' in html


def test_the_workflow_names_the_pythons_it_tests_on():
    """At least the oldest supported one, in order."""
    found = verified.tested_pythons()
    assert found[0] == "3.11"
    assert found == sorted(found, key=lambda version: int(version.split(".")[1].rstrip("t")))
