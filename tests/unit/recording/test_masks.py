"""Each mask hides what it is for, and nothing near it."""

import pytest

from book.examples.recording import VOLATILE, mask

HIDDEN = [
    ("in 0.31 s", "in 12.07 s"),
    ("took   9 ms, then", "took 112 ms, then"),
    ("3.5 µs each", "17 µs each"),
    ("speed-up 1.94x", "speed-up  0.87x"),
    ("<Lock at 0x7f12ab34cd>", "<Lock at 0x7fffab34aa>"),
    ("worker has pid 41234", "worker has pid 977"),
    ("in thread 140213312", "in thread 140213999"),
    ("by ThreadPoolExecutor-0_1", "by ThreadPoolExecutor-0_3"),
    ("by Thread-4 (download)", "by Thread-12 (download)"),
    ("worker-1 got it", "worker-2 got it"),
    ("from 127.0.0.1:41001", "from 127.0.0.1:52002"),
]

KEPT = [
    ("2 seconds", "3 seconds"),
    ("4 workers", "8 workers"),
    ("8 photos", "7 photos"),
    ("1 s of sleep", "one s of sleep"),
    ("exit status 1", "exit status 2"),
    ("thread 1", "thread 2"),
    ("0x1F", "0x2F"),
    ("python 3.13", "python 3.14"),
    ("127.0.0.1", "127.0.0.2"),
    ("Thread-1 (load)", "Thread-1 (save)"),
    ("ThreadPoolExecutor-0_1", "ThreadPoolExecutor-1_1"),
]


@pytest.mark.parametrize(("one", "other"), HIDDEN)
def test_what_means_nothing_is_hidden(one, other):
    """Two runs that differ only in a time, a ratio, an id or an address are alike."""
    assert one != other
    assert mask(one) == mask(other)


@pytest.mark.parametrize(("one", "other"), KEPT)
def test_what_means_something_is_kept(one, other):
    """Counts, statuses, versions and names still make a difference."""
    assert mask(one) != mask(other)


@pytest.mark.parametrize(("pattern", "substitute"), VOLATILE)
def test_every_mask_is_needed(pattern, substitute):
    """No entry of VOLATILE is without a case above."""
    assert any(pattern.search(one) for one, other in HIDDEN)
