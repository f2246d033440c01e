from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from threading import Event

import pytest


def test_each_way_of_leaving(run):
    """Waiting does all the work; cancelling drops the queue; only an event ends what runs."""
    two = "{0}, {0}, {1}, {1}".format
    assert run.lines == [
        f"wait_for_all: returned after their end: {two('done', 'done')}",
        f"cancel_queued: returned after their end: {two('done', 'cancelled')}",
        f"cancel_and_ask: returned after their end: {two('stopped', 'cancelled')}",
        f"do_not_wait: returned before their end: {two('done', 'done')}",
    ]


def test_futures_cancelled_by_shutdown_never_come_out_of_wait_or_as_completed():
    """The page warns of it. If this fails, Python has mended it: say since when."""
    go = Event()
    pool = ThreadPoolExecutor(1)
    futures = [pool.submit(go.wait) for _ in range(2)]
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    pool.shutdown()
    assert futures[1].cancelled()
    assert wait(futures, timeout=0.05).not_done == {futures[1]}
    with pytest.raises(TimeoutError):
        list(as_completed(futures, timeout=0.05))
