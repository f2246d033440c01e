import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

AT_ONCE = re.compile(r"requests in [\d.]+ s, (\d+) at once")


def test_def_has_forty_threads_and_a_call_that_blocks_has_the_loop(run):
    """How many come in time depends on the machine; that no more than the limit are let in does not."""
    _, in_threads, blocks = map(int, AT_ONCE.findall(run.text))
    assert in_threads <= 40
    assert blocks == 1


def test_more_threads_let_in_more(run):
    assert run.lines[-1] == "def, with 100 threads: 80 at once"


def test_the_recording_shows_what_the_page_says():
    text = Recording.read(SCRIPTS / "mixed" / "def_or_async_def.out").text
    assert AT_ONCE.findall(text) == ["50", "40", "1"]


def test_a_def_endpoint_waits_for_a_thread(run):
    """Its 40 threads were all in use when it was asked; the loop was free."""
    assert [line.strip() for line in run.lines if "/health" in line] == [
        "/health, async def: well",
        "/health-def, def: no answer",
        "/health-def, when they have gone on: well",
    ]
