import re
from collections import defaultdict

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def jobs(text):
    """For each chunk size and process: (units, start, end) of each item."""
    found = defaultdict(list)
    for line in text.splitlines():
        size, process, units, start, end = re.fullmatch(
            r"chunksize=(\d+), (process \d), (\d+) units: ([\d.]+) s to ([\d.]+) s", line
        ).groups()
        found[int(size), process].append((int(units), float(start), float(end)))
    return found


def test_every_item_once_for_each_size(run):
    """Both ways compute all twelve items."""
    for size in (1, 6):
        units = [one for (of, _), all_ in jobs(run.text).items() if of == size for one, *_ in all_]
        assert sorted(units) == [5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 25]


def test_the_recording_shows_what_the_page_says():
    """With chunks of six one worker has the six small items and ends far earlier; with chunks
    of one both end at about the same time. A recording made on a busy machine fails here."""
    found = jobs(Recording.read(SCRIPTS / "processes" / "chunks_when.out").text)
    assert [one for one, *_ in found[6, "process 1"]] == [5, 6, 7, 8, 9, 10]
    ends = {size: sorted(found[size, f"process {n}"][-1][2] for n in (1, 2)) for size in (1, 6)}
    assert ends[6][0] < 0.7 * ends[6][1]
    assert ends[1][0] > 0.7 * ends[1][1]
    assert ends[1][1] < 0.9 * ends[6][1]
