import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def test_two_loops_answer_as_many_requests(run):
    """Both ways end, and the script says how they compare."""
    assert re.fullmatch(r"two loops: [\d.]+ s, [\d.]+x as fast", run.lines[2])
    assert re.fullmatch(r"one loop:  [\d.]+ s", run.lines[1])


def test_on_a_standard_build_a_second_loop_gains_little():
    """What the page says of the recording: two threads that compute in Python share one GIL."""
    recording = Recording.read(SCRIPTS / "measure" / "loop_per_thread.out")
    assert recording.build == "CPython"
    assert float(re.search(r"([\d.]+)x", recording.text)[1]) < 1.4
