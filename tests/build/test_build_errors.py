"""Bad input fails the build with the file, the line, and what to do about it."""

import pytest

from book.examples.recording import Recording, fingerprint_of
from book.extension import glance

from .conftest import record

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


def only_warning(book):
    """The one warning of a build."""
    assert len(book.warnings) == 1, book.warnings
    return book.warnings[0]


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


def test_page_without_level_is_reported(book, monkeypatch):
    """At a glance cannot be computed without the two facts that only the author knows."""
    monkeypatch.setattr(glance, "LEVELS", ("advanced",))
    book.build("Text.")
    assert "needs `level:`" in only_warning(book)
