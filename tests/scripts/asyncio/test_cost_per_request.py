import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def costs(text):
    """Milliseconds of CPU for a request: httpx, aiohttp."""
    return [float(number) for number in re.findall(r"([\d.]+) ms", text)]


def test_a_request_with_aiohttp_costs_less(run):
    """CPU time, so a busy machine changes little."""
    httpx, aiohttp = costs(run.text)
    assert httpx > aiohttp


def test_the_recording_shows_how_much():
    """The page says: several times as much."""
    httpx, aiohttp = costs(Recording.read(SCRIPTS / "asyncio" / "cost_per_request.out").text)
    assert httpx > 4 * aiohttp
