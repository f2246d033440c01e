import threading
from itertools import count

import pytest


def test_every_row_is_written_and_the_reader_waits(run):
    """One row fails and is named; the producer is never more than nine rows ahead."""
    assert run.lines == [
        "30 rows",
        "13 failed: ValueError('unlucky')",
        "read too far ahead: False",
    ]


def test_a_source_that_fails_ends_it(example):
    """What was read is consumed, no thread is left, the error comes out."""
    go, consumed, before = threading.Event(), [], threading.active_count()

    def source():
        yield from range(5)
        go.set()
        raise OSError("disk")

    def consume(item):
        go.wait(10)
        consumed.append(item)

    with pytest.raises(OSError, match="disk"):
        example["consume_all"](source(), consume, consumers=1, ahead=10)
    assert threading.active_count() == before
    assert consumed == list(range(5))


def test_an_endless_source_can_be_interrupted(example):
    """Ctrl-C while the producer waits for room: here, raised by the source."""

    def source():
        for number in count():
            if number == 50:
                raise KeyboardInterrupt
            yield number

    with pytest.raises(KeyboardInterrupt):
        example["consume_all"](source(), lambda item: None, consumers=2, ahead=2)
