import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def at_once(text):
    """How many requests were worked on at once, for each line."""
    return {what: int(number) for what, number in re.findall(r"^(.+): (\d+) at once$", text, re.MULTILINE)}


def test_under_wsgi_the_servers_threads_are_the_limit(run):
    """Whatever the view is; how many come in time depends on the machine."""
    found = at_once(run.text)
    assert len(found) == 5
    limited = {what: number for what, number in found.items() if "ASGI" not in what}
    assert len(limited) == 3
    assert max(limited.values()) <= 4


def test_the_recording_shows_what_the_page_says():
    """Django on ASGI works on all eight at once, in threads too."""
    text = Recording.read(SCRIPTS / "mixed" / "views_at_once.out").text
    assert list(at_once(text).values()) == [4, 4, 8, 8, 4]
