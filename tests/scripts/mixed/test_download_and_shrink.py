import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

ROW = re.compile(r"(\w+): download ([\d.]+) s to ([\d.]+) s, shrink ([\d.]+) s to ([\d.]+) s")


def rows(text):
    return {name: tuple(map(float, times)) for name, *times in ROW.findall(text)}


def at_once(spans):
    """How many of the spans overlap, at most."""
    return max(sum(start <= begin < end for start, end in spans) for begin, _ in spans)


def test_six_photos_downloaded_two_at_a_time_then_shrunk(run):
    """A download takes at least 0.1 s; a photo is shrunk after it has arrived."""
    found = rows(run.text)
    assert list(found) == ["cat", "dog", "owl", "fox", "bee", "cow"]
    for asked, arrived, start, end in found.values():
        assert arrived - asked >= 0.099
        assert arrived <= start < end
    assert at_once([times[:2] for times in found.values()]) == 2
    assert run.lines[-1].startswith("6 photos of 128,000 pixels in ")


def test_the_recording_shows_downloads_and_shrinking_overlap():
    """Shrinking of the first photos falls into the downloads of the next."""
    found = rows(Recording.read(SCRIPTS / "mixed" / "download_and_shrink.out").text)
    assert found["cat"][3] < found["owl"][1]
    assert found["cat"][2] > found["owl"][0]
    whole = max(times[3] for times in found.values())
    one_by_one = sum(b - a + d - c for a, b, c, d in found.values())
    assert whole < 0.7 * one_by_one
