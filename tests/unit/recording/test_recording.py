"""A recording can be read back, compares by its rule, and complains with file, line and fix."""

import re
from dataclasses import replace

import pytest

from book.examples.recording import (
    RULES,
    Recording,
    RecordingError,
    fingerprint,
    fingerprint_of,
    recordings,
)

RECORDING = Recording(
    kind="script",
    source="1f0c93ab22de",
    python="3.13.0",
    build="CPython",
    platform="Linux-x86_64",
    cores=2,
    date="2026-11-21",
    match="exact",
    exit=0,
    command="python worker_pool.py",
    text="one\ntwo in 0.31 s\n",
)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "scripts" / "threads"
    folder.mkdir(parents=True)
    return folder / "worker_pool.out"


@pytest.mark.parametrize(
    "recording",
    [
        RECORDING,
        replace(RECORDING, kind="cell", build="Pyodide-314.0.6", platform="Emscripten-wasm32"),
        replace(RECORDING, exit=1, match="sample", text=""),
        replace(RECORDING, text="\n\nä → 2 µs\n\nend"),
    ],
)
def test_what_is_written_is_read(path, recording):
    """Every field survives, also an empty output and an empty first line."""
    recording.write(path)
    assert Recording.read(path) == recording


def test_the_file_is_for_people(path):
    """Line 1 is the provenance, line 2 the command, then the output as it was."""
    RECORDING.write(path)
    first, second, *rest = path.read_text(encoding="utf-8").split("\n")
    assert first.startswith("#: script=1f0c93ab22de python=3.13.0 build=CPython platform=Linux-")
    assert second == "$ python worker_pool.py"
    assert rest == ["one", "two in 0.31 s", ""]


def test_windows_line_ends_are_read(path):
    """A checkout with CRLF does not make a recording look edited."""
    RECORDING.write(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Recording.read(path) == RECORDING


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (r"^#: ", "# ", 1, "must begin with '#: '"),
        (r"script=\w+ ", "", 1, "neither 'script=' nor 'cell='"),
        (r" cores=2", "", 1, "no 'cores='"),
        (r" cores=2", " cores=two", 1, "'cores=two' is not a whole number"),
        (r" exit=0", " exit=0 mood=good", 1, "unknown key 'mood='"),
        (r" exit=0", " exit=0 exit=1", 1, "Cannot read 'exit=1'"),
        (r" exit=0", " exit", 1, "Cannot read 'exit'"),
        (r"match=exact", "match=roughly", 1, "match is 'roughly'"),
        (r"\$ python", "python", 2, "must be the command"),
        (r"0\.31 s", "0.01 s", 3, "edited by hand"),
    ],
)
def test_a_malformed_recording_says_where_and_what_to_do(path, old, new, line, problem):
    """File, line, problem, and the command that records again."""
    RECORDING.write(path)
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"))
    assert count == 1
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError) as caught:
        Recording.read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert problem in message
    assert message.endswith("make record SCRIPT=threads/worker_pool.py")


def test_a_missing_recording_says_how_to_make_it(path):
    """Reading what is not there is the same kind of error."""
    with pytest.raises(RecordingError, match=r"no recording.*make record SCRIPT=threads/worker"):
        Recording.read(path)


def test_bytes_that_are_no_text_are_reported(path):
    """A binary file does not end in a UnicodeDecodeError."""
    path.write_bytes(b"#: \xff\xfe")
    with pytest.raises(RecordingError, match="not UTF-8"):
        Recording.read(path)


def test_a_cell_is_recorded_again_by_another_command(tmp_path):
    """Recordings outside scripts/ belong to cells."""
    with pytest.raises(RecordingError, match=r"make record-cells$"):
        Recording.read(tmp_path / "async-3.out")


@pytest.mark.parametrize("field", ["python", "build", "platform", "date", "source"])
def test_a_field_with_a_space_is_refused(field):
    """A value with a space could not be read back."""
    with pytest.raises(ValueError, match=field):
        replace(RECORDING, **{field: "two words"})


@pytest.mark.parametrize(
    ("other", "accepted_by"),
    [
        ("one\ntwo in 0.31 s\n", {"exact", "masked", "unordered", "sample"}),
        ("one  \r\ntwo in 0.31 s", {"exact", "masked", "unordered", "sample"}),
        ("one\ntwo in 12.70 s\n", {"masked", "unordered", "sample"}),
        ("two in 0.02 s\none\n", {"unordered", "sample"}),
        ("one\none\ntwo in 0.31 s\n", {"sample"}),
        ("", {"sample"}),
    ],
)
def test_each_rule_is_looser_than_the_one_before(other, accepted_by):
    """exact < masked < unordered < sample."""
    accepting = {rule for rule in RULES if replace(RECORDING, match=rule).accepts(other)}
    assert accepting == accepted_by


def test_the_fingerprint_is_of_the_content_not_of_the_line_ends(tmp_path):
    """CRLF and LF agree; one changed character does not."""
    lf, crlf, other = (tmp_path / name for name in ("lf.py", "crlf.py", "other.py"))
    lf.write_bytes(b"a = 1\nb = 2\n")
    crlf.write_bytes(b"a = 1\r\nb = 2\r\n")
    other.write_bytes(b"a = 1\nb = 3\n")
    assert fingerprint(lf) == fingerprint(crlf) == fingerprint_of("a = 1\nb = 2\n")
    assert fingerprint(lf) != fingerprint(other)
    assert re.fullmatch("[0-9a-f]{12}", fingerprint(lf))


def test_the_default_recording_comes_first(path):
    """A script may have a second recording by another Python."""
    script = path.with_suffix(".py")
    assert recordings(script) == []
    beside = path.with_name("worker_pool.3.14t.out")
    for recording in (beside, path, path.with_name("worker_pool_two.out")):
        RECORDING.write(recording)
    assert recordings(script) == [path, beside]


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({}, "CPython 3.13.0 on Linux x86_64, 2 cores, 2026-11-21"),
        (
            {"python": "3.14.7", "build": "CPython-free-threaded", "cores": 1},
            "CPython 3.14.7 (free-threaded build) on Linux x86_64, 1 core, 2026-11-21",
        ),
        (
            {"python": "3.14.2", "build": "Pyodide-314.0.6", "platform": "Emscripten-wasm32"},
            "Python 3.14.2 in Pyodide 314.0.6 on Emscripten wasm32, 2 cores, 2026-11-21",
        ),
    ],
)
def test_provenance_reads_as_a_phrase(changes, phrase):
    """Who made the output, where and when."""
    assert replace(RECORDING, **changes).provenance == phrase


def test_a_page_shows_a_recording_with_its_maker_and_its_command():
    """As text: what a program printed is no markup."""
    html = replace(RECORDING, text="<b> & 1\n")._repr_html_()
    assert f"Recorded output · {RECORDING.provenance}</p>" in html
    assert "<pre>$ python worker_pool.py\n&lt;b&gt; &amp; 1\n</pre>" in html
