import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def test_a_standard_build_happens_to_lose_nothing(run, python):
    """`+=` alone is complete on the standard builds from 3.11 on that run here; on a
    free-threaded build it may lose, so it only never counts too much there."""
    counted = int(run.lines[1].split()[1].replace(",", ""))
    if python.free_threaded:
        assert 0 < counted <= 2_000_000
    else:
        assert counted == 2_000_000


@pytest.mark.parametrize(("name", "build"), [("3.9", "CPython"), ("3.14t", "CPython-free-threaded")])
def test_two_recorded_runs_lost_updates(name, build):
    """Python 3.9 with its GIL, and 3.14 without one."""
    recording = Recording.read(SCRIPTS / "threads" / f"counter_lucky.{name}.out")
    assert recording.build == build
    assert int(recording.text.split()[-1].replace(",", "")) < 2_000_000
