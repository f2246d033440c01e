import itertools
import re
from collections import defaultdict

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def spans(text):
    """(start, end) of each job by way and process; photos by way."""
    jobs, photos = defaultdict(list), defaultdict(list)
    for line in text.splitlines():
        way, process, photo, start, end = re.fullmatch(
            r"(\w+), (process \d), (\S+): (\d+\.\d{3}) s to (\d+\.\d{3}) s", line
        ).groups()
        jobs[way, process].append((float(start), float(end)))
        photos[way].append(photo)
    return jobs, photos


def test_every_photo_once_and_in_order(run):
    """Both ways give the eight photos in the order of the list."""
    _, photos = spans(run.text)
    in_order = [f"photo-{number}" for number in range(1, 9)]
    assert dict(photos) == {"loop": in_order, "pool": in_order}


def test_no_process_computes_two_photos_at_the_same_time(run):
    """The loop is one process, the pool at most two; each does one photo after another."""
    jobs, _ = spans(run.text)
    assert [process for way, process in jobs if way == "loop"] == ["process 1"]
    assert {process for way, process in jobs if way == "pool"} <= {"process 1", "process 2"}
    for times in jobs.values():
        for (_, end), (start, _) in itertools.pairwise(sorted(times)):
            assert start >= end


def test_the_recorded_pool_computed_two_at_a_time():
    """Two processes, and clearly less time than the loop. A recording made while the
    machine was busy with something else fails here."""
    jobs, _ = spans(Recording.read(SCRIPTS / "processes" / "who_computes_when.out").text)
    loop = jobs["loop", "process 1"][-1][1]
    pool = max(end for _, end in jobs["pool", "process 1"] + jobs["pool", "process 2"])
    assert 0.45 * loop < pool < 0.7 * loop
