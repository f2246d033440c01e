"""Ten tasks, four ways: the script, its recording, and the spans that the page draws."""

import json
import re
import sys

import pytest

from book.examples.recording import Recording, fingerprint, fingerprint_of
from book.examples.scripts import ROOT, SCRIPTS
from tools import record
from tools.running import interpreter, run_script

SCRIPT = SCRIPTS / "mixed" / "four_ways.py"
PAGE = ROOT / "notebooks" / "concurrency-models.md"
RECORD_AGAIN = "Record both again: make record SCRIPT=mixed/four_ways.py"
WAYS = ["one after another", "threads", "processes", "asyncio tasks"]
EVERY = [(work, way) for work in ("wait", "compute") for way in WAYS]


def seconds(text):
    """What the script printed: seconds by work and way, in the order of the lines."""
    found, work = {}, None
    for line in text.splitlines():
        if heading := re.fullmatch(r"ten tasks that (\w+)", line):
            work = heading[1]
        else:
            way, took, _ = re.fullmatch(r"  (\S.*?) +(\d+\.\d\d) s +(\d+\.\d)x", line).groups()
            found[work, way] = float(took)
    return found


def extents(spans):
    """Begin and end of each task, in the order in which they began."""
    begins, ends = {}, {}
    for task, _, start, end in spans:
        begins.setdefault(task, start)
        ends[task] = end
    return sorted((begins[task], ends[task]) for task in begins)


def at_once(spans):
    """The largest number of tasks in progress at the same time."""
    tasks = extents(spans)
    return max(sum(begin <= moment < end for begin, end in tasks) for moment, _ in tasks)


def running(spans):
    """How many tasks were running, on average."""
    return sum(end - start for _, state, start, end in spans if state == "running") / length(spans)


def length(spans):
    """Seconds from the start of the run to the end of its last task."""
    return max(end for *_, end in spans)


@pytest.fixture(scope="module")
def python_here():
    """The Python that runs the tests."""
    return interpreter(sys.executable)


@pytest.fixture(scope="module")
def recording():
    return Recording.read(SCRIPT.with_suffix(".out"))


@pytest.fixture(scope="module")
def kept():
    return json.loads(SCRIPT.with_suffix(".spans.json").read_text(encoding="utf-8"))


def test_eight_runs_in_order(run):
    """Both kinds of work, four ways each; no wait is ever shorter than asked for."""
    took = seconds(run.text)
    assert list(took) == EVERY
    assert took["wait", "one after another"] >= 0.6
    assert min(took["wait", way] for way in WAYS) >= 0.06


@pytest.mark.parametrize("work", ["wait", "compute"])
def test_one_after_another_never_overlaps(example, work):
    """A task begins when the one before has ended, whatever it does."""
    _, _, spans = example["run"](example["one_after_another"], example[work])
    assert at_once(spans) == 1


def test_asyncio_overlaps_all_waits(example):
    """All ten tasks begin before any ends: the loop starts them in one turn."""
    results, _, spans = example["run"](example["asyncio_tasks"], example["wait"])
    assert results == list(range(1, 11))
    assert at_once(spans) == 10


def test_asyncio_does_not_overlap_computing(example):
    """Without a pause, a task runs to its end before the next begins."""
    _, _, spans = example["run"](example["asyncio_tasks"], example["compute"])
    assert at_once(spans) == 1


def test_computing_counts_primes(example):
    """The tasks really compute: 10,000,019 is the first prime above ten million."""
    assert [n for n in example["NUMBERS"][:10] if example["is_prime"](n)] == [10_000_019]


def test_the_recorder_gets_spans_of_all_tasks(python_here):
    """`--spans FILE` writes each task of each run, none past the time that was printed."""
    run = run_script(SCRIPT, python_here, spans=True)
    took, kept = seconds(run.text), json.loads(run.spans)
    for work, way in EVERY:
        spans = kept[work][way]
        assert {task for task, *_ in spans} == set(range(1, 11))
        assert all(0 <= start <= end for *_, start, end in spans)
        assert length(spans) <= took[work, way] + 0.006  # printed with two digits


def test_the_spans_belong_to_the_recorded_run(recording, kept):
    """The same script, the same output: both files come from one run."""
    assert kept["script"] == recording.source == fingerprint(SCRIPT), RECORD_AGAIN
    assert kept["output"] == fingerprint_of(recording.text), RECORD_AGAIN
    took = seconds(recording.text)
    for work, way in EVERY:
        # Joining threads and processes comes after the last task.
        assert -0.006 <= took[work, way] - length(kept[work][way]) <= 0.05, (work, way)


def test_the_page_says_how_many_runs_were_made():
    """The fastest run of several is kept, and the page says of how many."""
    assert record.RUNS == 7
    assert "The fastest of seven runs" in PAGE.read_text(encoding="utf-8")


def test_recorded_waits_overlap(kept):
    """The page: ten waits add up in a loop; threads and asyncio take about as long as one."""
    waits = kept["wait"]
    assert at_once(waits["one after another"]) == 1
    assert at_once(waits["threads"]) == at_once(waits["asyncio tasks"]) == 10
    single = length(waits["one after another"]) / 10
    assert single == pytest.approx(0.06, rel=0.1)
    assert max(length(waits["threads"]), length(waits["asyncio tasks"])) <= 1.5 * single


def test_recorded_processes_overlap_as_many_waits_as_cores(recording, kept):
    """The page: few processes, so few waits at a time."""
    waits = kept["wait"]["processes"]
    assert at_once(waits) == recording.cores == 2
    assert length(waits) == pytest.approx(0.06 * 5, rel=0.2)


def test_recorded_computing_is_faster_only_in_processes(recording, kept):
    """The page: threads and asyncio take as long as the loop, two processes about half.

    A recording made while the machine was busy with something else fails here.
    """
    computing = kept["compute"]
    loop = length(computing["one after another"])
    assert 0.8 <= length(computing["threads"]) / loop <= 1.3
    assert 0.85 <= length(computing["asyncio tasks"]) / loop <= 1.2
    assert 0.4 <= length(computing["processes"]) / loop <= 0.68
    assert recording.build == "CPython"


def test_recorded_computing_shows_concurrency_and_parallelism(kept):
    """The page: many threads in progress and one running; two processes running; asyncio one."""
    computing = kept["compute"]
    assert at_once(computing["threads"]) >= 5
    assert at_once(computing["asyncio tasks"]) == at_once(computing["one after another"]) == 1
    for way in "one after another", "threads", "asyncio tasks":
        assert 0.85 <= running(computing[way]) <= 1.15, way
    assert running(computing["processes"]) >= 1.6


def test_recorded_processes_start_quickly(kept):
    """The page: where processes are forked, their start hardly shows; it takes less than a task."""
    computing = kept["compute"]
    first_begins = extents(computing["processes"])[0][0]
    assert 0 < first_begins < length(computing["one after another"]) / 10
