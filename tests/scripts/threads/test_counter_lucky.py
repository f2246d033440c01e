from book.extension.recording import Recording
from tools.running import SCRIPTS


def test_a_standard_build_happens_to_lose_nothing(run, python):
    """`+=` alone is complete on the standard builds from 3.11 on that run here; on a
    free-threaded build it may lose, so it only never counts too much there."""
    counted = int(run.lines[1].split()[1].replace(",", ""))
    if python.free_threaded:
        assert 0 < counted <= 2_000_000
    else:
        assert counted == 2_000_000


def test_the_recorded_free_threaded_run_lost_updates():
    """The page shows a run of 3.14t that lost some."""
    recording = Recording.read(SCRIPTS / "threads" / "counter_lucky.3.14t.out")
    assert recording.build == "CPython-free-threaded"
    assert int(recording.text.split()[-1].replace(",", "")) < 2_000_000
