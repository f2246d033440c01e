import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

ROWS = ["in a loop", "chunksize=1", "chunksize=10", "chunksize=100", "chunksize=1000"]


def table(text):
    """Milliseconds for tiny and small tasks, by row."""
    return {
        what: (float(tiny), float(small))
        for what, tiny, small in re.findall(r"(.+?) +(\d+\.\d) ms +(\d+\.\d) ms", text)
    }


def test_a_loop_and_four_chunk_sizes(run):
    """One row each, two columns."""
    assert list(table(run.text)) == ROWS


def test_tiny_tasks_lose_with_every_chunksize(run):
    """The loop beats every chunk size, and chunksize=1 is by far the worst. This holds
    however busy the machine is."""
    (loop, _), *pool = table(run.text).values()
    assert loop < min(tiny for tiny, _ in pool)
    assert pool[0][0] > 20 * loop
    assert pool[0][0] > 5 * pool[2][0]


def test_the_recorded_pool_wins_with_bigger_chunks_only():
    """Small tasks: slower than the loop with chunksize=1, faster with 100, slower again
    with 1000; tiny ones take hundreds of times as long. A recording of a busy machine
    fails here."""
    rows = table(Recording.read(SCRIPTS / "measure" / "process_chunksize.out").text)
    loop_tiny, loop_small = rows["in a loop"]
    assert rows["chunksize=1"][0] > 200 * loop_tiny
    assert rows["chunksize=1"][1] > 1.2 * loop_small
    assert 0.45 * loop_small < rows["chunksize=100"][1] < 0.75 * loop_small
    assert rows["chunksize=1000"][1] > rows["chunksize=100"][1]
