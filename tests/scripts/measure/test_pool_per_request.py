import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS, output_of


def milliseconds(text):
    """Of one request: with a pool of its own, and with one pool for all."""
    lines = [output_of(text, part) for part in ("broken", "fixed")]
    return [float(re.fullmatch(r"3 requests, each took ([\d.]+) ms\n", line)[1]) for line in lines]


def test_a_pool_for_each_request_pays_for_its_start(run):
    """The same work, and a process to start each time."""
    broken, fixed = milliseconds(run.text)
    assert broken > fixed


def test_the_recording_shows_how_much():
    """The page says: many times as long."""
    broken, fixed = milliseconds(Recording.read(SCRIPTS / "measure" / "pool_per_request.out").text)
    assert broken > 5 * fixed


def test_both_give_the_same_answers(example):
    """They differ in the pool alone."""
    from concurrent.futures import ThreadPoolExecutor

    requests = [range(3), range(5)]
    with ThreadPoolExecutor(1) as pool:
        assert list(example["one_pool"](requests, pool)) == [5, 30]
    names = example["a_pool_for_each"].__globals__
    names["ProcessPoolExecutor"] = lambda workers, start: ThreadPoolExecutor(workers)
    assert list(example["a_pool_for_each"](requests)) == [5, 30]
