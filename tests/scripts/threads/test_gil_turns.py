import re

import pytest

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS


def stretches(text):
    """(start, end) in ms, by thread."""
    found = {"A": [], "B": []}
    for thread, start, end in re.findall(r"thread ([AB]): +([\d.]+) ms to +([\d.]+) ms", text):
        found[thread].append((float(start), float(end)))
    return found


def at_once(text):
    return int(re.search(r"both at once: (\d+)% of the time", text)[1])


def test_on_a_standard_build_the_threads_take_turns(run, python):
    """Both get turns, and never run at the same instant, however busy the machine is."""
    if python.free_threaded:
        pytest.skip("the claim is about standard builds")
    assert all(stretches(run.text).values())
    assert at_once(run.text) <= 2


def test_the_recording_of_a_standard_build_shows_turns_of_five_milliseconds():
    """A recording made on a busy machine may fail here."""
    recording = Recording.read(SCRIPTS / "threads" / "gil_turns.out")
    found = stretches(recording.text)
    whole = sorted(end - start for turns in found.values() for start, end in turns)
    assert recording.build == "CPython"
    assert min(map(len, found.values())) >= 4
    assert 4.5 < whole[len(whole) // 2] < 6


def test_the_recording_of_a_free_threaded_build_shows_both_at_once():
    """A recording made on a busy machine may fail here."""
    recording = Recording.read(SCRIPTS / "threads" / "gil_turns.3.14t.out")
    assert recording.build == "CPython-free-threaded"
    assert at_once(recording.text) >= 80
