import re

from book.examples.recording import Recording
from book.examples.scripts import SCRIPTS

PART = re.compile(r"\[(\w+)\]\n(.+), wall ([\d.]+) s, CPU ([\d.]+) s")


def parts(text):
    return {name: (answer, float(wall), float(cpu)) for name, answer, wall, cpu in PART.findall(text)}


def test_each_change_does_what_the_page_says(run):
    """Right and slow; refused by the server; fast and too low, without an error; right again."""
    answers = {name: answer for name, (answer, *_) in parts(run.text).items()}
    assert list(answers) == ["loop", "refused", "wrong", "right"]
    assert answers["loop"] == answers["right"] == "96 words"
    assert answers["refused"] == "HTTP 429"
    assert int(answers["wrong"].split()[0]) < 96


def test_no_more_than_four_wait_at_once_after_the_repair(run):
    """Four threads, twelve reviews, each once."""
    after = [line.split(", ") for line in run.lines if line.startswith("after, ")]
    assert {lane for _, lane, *_ in after} <= {f"thread {number}" for number in (1, 2, 3, 4)}
    assert {rest[0].split(":")[0] for *_, rest in [(a, b, c) for a, b, *c in after]} == {
        f"review-{number}" for number in range(1, 13)
    }


def test_what_the_page_reads_off_the_recording():
    """The wall clock fell to about a quarter; the CPU clock is far below it."""
    recorded = parts(Recording.read(SCRIPTS / "threads" / "one_case.out").text)
    (_, before, cpu), (_, after, _) = recorded["loop"], recorded["right"]
    assert 3 < before / after < 4.2
    assert cpu < before / 10
