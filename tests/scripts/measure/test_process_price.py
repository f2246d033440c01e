import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

METHODS = {"by fork", "by forkserver", "by spawn"}


def prices(text):
    """Milliseconds by line, by headline."""
    found = {}
    for line in text.splitlines():
        if not line.startswith(" "):
            group = found.setdefault(line, {})
        else:
            what, milliseconds = re.fullmatch(r"  (.+?) +(\d+\.\d\d) ms", line).groups()
            group[what] = float(milliseconds)
    return found


def test_all_prices_are_there(run):
    """Starting by each method this system has; then three calls in two pools."""
    start, *calls = prices(run.text).values()
    assert {"thread", "by spawn"} <= set(start) <= {"thread", *METHODS}
    assert [set(call) for call in calls] == [{"thread pool", "process pool"}] * 3


def test_the_order_of_the_prices(run):
    """A thread starts faster than any process, spawn is the slowest start; copying 20 MB
    to a process costs many times what naming shared memory does. Holds on busy machines."""
    start, _, copied, shared = prices(run.text).values()
    assert start["thread"] < min(start[method] for method in METHODS & set(start))
    assert start["by spawn"] == max(start.values())
    assert copied["process pool"] > 5 * shared["process pool"]
    assert copied["process pool"] > 5 * copied["thread pool"]


def test_the_recorded_prices_are_what_the_page_says():
    """Any process costs far more to start than a thread, and a big photo far more than an
    empty call. A recording of a busy machine may fail here."""
    recording = Recording.read(SCRIPTS / "measure" / "process_price.out")
    start, call, copied, _ = prices(recording.text).values()
    assert all(start[method] > 5 * start["thread"] for method in METHODS)
    assert copied["process pool"] > 20 * call["process pool"]
