"""Cells that run in the page: the HTML of the page contract, and what a browser cannot run is reported."""

import json
import re

import pytest

from book.examples.recording import Recording, fingerprint_of

from .conftest import Elements, only_warning

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


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import threading\nthreading.Thread(target=print).start()", "threading.Thread"),
        ("from threading import Thread as T\nT(target=print).start()", "threading.Thread"),
        ("from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor()", "ThreadPoolExecutor"),
        ("import concurrent.futures as cf\ncf.ProcessPoolExecutor()", "ProcessPoolExecutor"),
        ("import multiprocessing as mp\nmp.Pool()", "multiprocessing.Pool"),
        ("import subprocess\nsubprocess.run(['ls'])", "subprocess.run"),
        ("import socket\nsocket.create_connection(('localhost', 1))", "socket.create_connection"),
        ("import asyncio\nawait asyncio.to_thread(print)", "asyncio.to_thread"),
        ("import asyncio as a\nawait a.get_running_loop().run_in_executor(None, print)", "run_in_executor"),
        ("import asyncio\nawait asyncio.open_connection('localhost', 1)", "asyncio.open_connection"),
        ("import asyncio\nawait asyncio.create_subprocess_exec('ls')", "create_subprocess_exec"),
        ("from urllib.request import urlopen\nurlopen('http://localhost')", "urllib.request.urlopen"),
        ("import os\nos.fork()", "os.fork"),
    ],
)
def test_cell_that_a_browser_cannot_run_names_its_line(book, code, name):
    """Threads, processes, sockets and executors in a cell fail the build, at the line that uses them."""
    book.build(f"```{{code-cell}} python\n{code}\n```")
    warning = next(w for w in book.warnings if "a browser tab cannot do" in w)
    last = code.splitlines()[-1]
    assert f"index.md:{book.line_of(last)}" in warning
    assert name in warning
    assert "scripts/" in warning


def test_import_in_one_cell_and_use_in_the_next_is_found(book):
    """All cells of a page share one kernel, and so do the checks."""
    book.build("""
        ```{code-cell} python
        import threading
        ```

        ```{code-cell} python
        threading.Thread(target=print).start()
        ```
    """)
    assert f"index.md:{book.line_of('.start()')}" in only_warning(book)


def test_locks_and_current_thread_are_allowed(book):
    """Only what needs a second thread is refused: a lock works in a browser."""
    book.build("""
        ```{code-cell} python
        import threading
        with threading.Lock():
            print(threading.current_thread().name)
        ```
    """)
    assert book.warnings == []


def test_cell_with_a_syntax_error_names_its_line(book):
    """A typo in a cell is reported where it is."""
    book.build("""
        ```{code-cell} python
        x = 1
        print(x
        ```
    """)
    assert f"index.md:{book.line_of('print(x')}" in next(w for w in book.warnings if "not valid Python" in w)


def test_an_unknown_tag_names_its_line_and_the_known_ones(book):
    """A tag that nobody reads does nothing, which its author would not notice."""
    book.build("""
        ```{code-cell} python
        :tags: [timelines]
        print(1)
        ```
    """)
    warning = only_warning(book)
    assert f"index.md:{book.line_of('print(1)')}: " in warning
    assert "no tag `timelines`; known are allow-blocked, browser-only, " in warning


def test_browser_only_cell_without_recording_names_the_command(book):
    """A cell that only a browser can run needs a recording from one."""
    book.build("""
        ```{code-cell} python
        :tags: [skip-execution, browser-only]
        import js
        ```
    """)
    assert "make record-cells" in only_warning(book)


def test_browser_only_cell_shows_its_recording(book):
    """The recording of a browser-only cell is found by the cell's source."""
    code = "import js\nprint(js.navigator.onLine)"
    Recording(
        kind="cell",
        source=fingerprint_of(code),
        python="3.14.2",
        build="Pyodide-314.0.6",
        platform="Emscripten-wasm32",
        cores=1,
        date="2026-11-21",
        match="exact",
        exit=0,
        command="Run",
        text="True\n",
    ).write(book.recordings / f"{fingerprint_of(code)}.out")
    page = book.build(f"```{{code-cell}} python\n:tags: [skip-execution, browser-only]\n{code}\n```")
    assert book.warnings == []
    assert "Recorded output · Python 3.14.2 in Pyodide 314.0.6" in page
