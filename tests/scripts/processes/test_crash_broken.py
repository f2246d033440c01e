from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def outcomes(text):
    """What became of each photo."""
    return dict(line.split(": ") for line in text.splitlines())


def test_the_pool_breaks(run):
    """The guilty photo fails, and so does the last one, which was only queued."""
    found = outcomes(run.text)
    assert list(found) == [f"photo-{n}" for n in range(1, 9)]
    assert set(found.values()) <= {"shrunk", "BrokenProcessPool"}
    assert found["photo-3"] == found["photo-8"] == "BrokenProcessPool"


def test_the_recording_shows_innocent_victims():
    """Photos that were only queued failed, and at least one photo was done before."""
    found = outcomes(Recording.read(SCRIPTS / "processes" / "crash_broken.out").text)
    assert {found[f"photo-{n}"] for n in range(3, 9)} == {"BrokenProcessPool"}
    assert "shrunk" in found.values()
