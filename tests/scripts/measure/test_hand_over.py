import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def milliseconds(text):
    return {what: float(number) for what, number in re.findall(r"^(\w+, .+): ([\d.]+) ms$", text, re.M)}


def test_what_is_handed_over_to_whom(run, python):
    expected = ["thread, bytes", "thread, list of int"]
    if python.release >= (3, 14):
        expected += ["interpreter, bytes", "interpreter, list of int"]
    expected += ["process, bytes", "process, list of int", "process, shared memory"]
    assert list(milliseconds(run.text)) == expected


def test_copying_costs_many_times_what_a_reference_costs(run):
    """Factors of hundreds when idle; a factor of five holds on a busy machine."""
    found = milliseconds(run.text)
    assert found["process, bytes"] > 5 * found["thread, bytes"]
    assert found["process, bytes"] > 5 * found["process, shared memory"]


def test_the_recording_shows_what_the_page_says():
    """Bytes are cheap for sub-interpreters, lists of objects are not."""
    recording = Recording.read(SCRIPTS / "measure" / "hand_over.out")
    found = milliseconds(recording.text)
    assert recording.python.startswith("3.14.")
    assert found["interpreter, list of int"] > 3 * found["interpreter, bytes"]
    assert found["process, bytes"] > 3 * found["interpreter, bytes"]
