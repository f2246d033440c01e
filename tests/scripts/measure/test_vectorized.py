import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

ROW = re.compile(r"(.+?): +(\d\.\d{4}) s")


def seconds(text):
    return {what: float(number) for what, number in ROW.findall(text)}


def test_all_three_give_the_same_photo(run):
    assert list(seconds(run.text)) == ["loop", "two processes", "NumPy"]
    assert run.text.count("same: True") == 2


def test_numpy_beats_two_processes_by_far(run):
    """A factor of about a hundred when idle; ten holds on a busy machine."""
    found = seconds(run.text)
    assert 10 * found["NumPy"] < found["two processes"]


def test_the_recording_shows_what_the_page_says():
    found = seconds(Recording.read(SCRIPTS / "measure" / "vectorized.out").text)
    assert found["two processes"] < found["loop"]
    assert 20 * found["NumPy"] < found["two processes"]
