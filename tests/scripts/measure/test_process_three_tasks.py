import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def table(text):
    """Seconds in a loop, in two threads, in two processes, by task."""
    return {
        line.split()[0]: [float(number) for number in re.findall(r"(\d+\.\d{3}) s", line)]
        for line in text.splitlines()[1:]
    }


def test_three_tasks_three_ways(run):
    """Each task is measured in a loop, in threads and in processes."""
    rows = table(run.text)
    assert list(rows) == ["count_primes", "shrink", "hash_photo"]
    assert all(len(seconds) == 3 and min(seconds) > 0 for seconds in rows.values())


def test_the_recorded_gains():
    """Python code gains nothing in threads and nearly doubles its speed in processes;
    hashing gains in both. A recording of a busy machine fails here."""
    rows = table(Recording.read(SCRIPTS / "measure" / "process_three_tasks.out").text)
    for task in "count_primes", "shrink":
        loop, threads, processes = rows[task]
        assert threads >= 0.85 * loop
        assert processes <= 0.65 * loop
    loop, threads, processes = rows["hash_photo"]
    assert threads <= 0.65 * loop
    assert processes <= 0.65 * loop
