import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

ROW = re.compile(r" *(\d+)  (\d\.\d{3}) s  (\d\.\d{3}) s")


def rows(text):
    """(threads, tasks) in seconds, by number of waits."""
    found = [ROW.fullmatch(line).groups() for line in text.splitlines()[1:]]
    return {int(waits): (float(threads), float(tasks)) for waits, threads, tasks in found}


def test_no_wait_is_skipped(run):
    """Each run takes at least one wait, and all are far from one after another."""
    found = rows(run.text)
    assert list(found) == [10, 100, 1000, 3000]
    for waits, both in found.items():
        assert min(both) >= 0.2
        assert max(both) < 0.2 * waits


def test_the_recording_shows_that_only_numbers_separate_them():
    """Ten waits: the same. Thousands: tasks still take about as long as one wait."""
    found = rows(Recording.read(SCRIPTS / "measure" / "many_waits.out").text)
    threads, tasks = found[10]
    assert threads < 1.2 * tasks
    threads, tasks = found[3000]
    assert threads > 2 * tasks
    assert tasks < 0.4
