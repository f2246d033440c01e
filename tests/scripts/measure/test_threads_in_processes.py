import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

LINE = re.compile(r"BLAS threads in each: (\d+), ([\d.]+) s")


def test_both_batches_end(run):
    """The same work with a thread for each core in every process, and with one."""
    threads = [int(number) for number, _ in LINE.findall(run.text)]
    assert threads[0] >= 2
    assert threads[1:] == [1]


def test_one_thread_in_each_process_was_faster():
    """What the page says of the recording."""
    many, one = (
        float(s) for _, s in LINE.findall(Recording.read(SCRIPTS / "measure/threads_in_processes.out").text)
    )
    assert many > 1.5 * one
