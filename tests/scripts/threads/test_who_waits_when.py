import itertools
import re
from collections import defaultdict


def spans(run):
    """(start, end) of each wait by way and thread; photos by way."""
    waits, photos = defaultdict(list), defaultdict(list)
    for line in run.lines:
        way, thread, photo, start, end = re.fullmatch(
            r"(\w+), (\w+), (\S+): (\d\.\d\d) s to (\d\.\d\d) s, waiting", line
        ).groups()
        waits[way, thread].append((float(start), float(end)))
        photos[way].append(photo)
    return waits, photos


def test_every_photo_once_and_in_order(run):
    """Both ways give the eight photos in the order of the list."""
    _, photos = spans(run)
    in_order = [f"photo-{number}.jpg" for number in range(1, 9)]
    assert dict(photos) == {"loop": in_order, "pool": in_order}


def test_no_thread_waits_twice_at_the_same_time(run):
    """The loop has one thread, the pool at most four; each waits for one photo at a time."""
    waits, _ = spans(run)
    assert [thread for way, thread in waits if way == "loop"] == ["MainThread"]
    assert {thread for way, thread in waits if way == "pool"} <= {f"worker_{n}" for n in range(4)}
    for times in waits.values():
        ordered = sorted(times)
        for (_, end), (start, _) in itertools.pairwise(ordered):
            assert start >= end
