"""Recorded steps are what happened, can be walked back and forth, and are the same each time."""

import asyncio
import json
import sys
from itertools import pairwise

import pytest
from overlap_trace.stepper import record_steps
from overlap_trace.virtual_time import virtual_run

from tests.unit.virtual.programs import RandomProgram, dine, download, increment, lose


def test_the_same_program_gives_the_same_recording(program):
    """Nothing of one run leaks into the next, and the recording is plain data."""
    first, again = record_steps(program, max_steps=5_000), record_steps(program, max_steps=5_000)
    assert first.to_dict() == again.to_dict()
    assert json.loads(json.dumps(first.to_dict())) == first.to_dict()


def test_each_step_follows_from_the_state_before(program):
    """What runs was first in the queue; the rest moves up; new entries come last; time goes forward."""
    steps = record_steps(program, max_steps=5_000).steps
    assert steps[0]["kind"] == "start"
    for before, after in pairwise(steps):
        assert after["number"] == before["number"] + 1
        assert after["time"] >= before["time"]
        assert after["printed"] >= before["printed"]
        assert len(after["tasks"]) >= len(before["tasks"])
        queue = before["ready"]
        if after["kind"] in ("step", "callback", "asyncio"):
            assert queue[0]["kind"] == after["kind"]
            assert queue[0]["task"] == after["task"]
            queue = queue[1:]
        if after["kind"] == "clock":
            assert before["timers"][0]["when"] <= after["time"]
        kept = [entry for entry in queue if entry in after["ready"]]
        assert [entry for entry in after["ready"] if entry in kept][: len(kept)] == kept
        ended = ("returned", "failed", "cancelled")
        for old, new in zip(before["tasks"], after["tasks"], strict=False):
            if old["state"] in ended:
                assert new == old


def test_states_agree_with_the_queue_and_the_timers(program):
    """A task is ready exactly when its step is in the queue; timers are sorted and not overdue."""
    for step in record_steps(program, max_steps=5_000).steps:
        in_queue = {entry["task"] for entry in step["ready"] if entry["kind"] == "step"}
        ready = {number for number, task in enumerate(step["tasks"]) if task["state"] == "ready"}
        assert ready == in_queue
        times = [timer["when"] for timer in step["timers"]]
        assert times == sorted(times)
        for task in step["tasks"]:
            assert bool(task["waits_for"]) == (task["state"] == "waiting")
            if task["state"] in ("returned", "failed", "cancelled"):
                assert task["line"] is None


def test_recording_does_not_change_what_the_program_does():
    """Random programs log the same events recorded and unrecorded."""
    for seed in range(20):
        program = RandomProgram(seed, 3)
        expected = virtual_run(program())
        record_steps(program, max_steps=5_000)
        assert program.log == expected


def test_the_steps_of_a_known_program():
    """Each step with its task, its lines, the shared value and what was ready."""
    record = record_steps(lose, shared="counter")
    assert record.data["tasks"] == ["lose", "increment #1", "increment #2"]
    first = lose.__code__.co_firstlineno
    inside = increment.__code__.co_firstlineno
    gather, read, write = first + 4, inside + 4, inside + 6
    rows = [
        (record.data["tasks"][s["task"]], s["from_line"], s["to_line"], s["shared"]["counter"])
        for s in record.steps
        if s["kind"] == "step"
    ]
    assert rows == [
        ("lose", None, gather, "0"),
        ("increment #1", None, read, "0"),
        ("increment #2", None, read, "0"),
        ("increment #1", read, write, "1"),
        ("increment #2", read, write, "1"),
        ("increment #1", write, None, "1"),
        ("increment #2", write, None, "1"),
        ("lose", gather, None, "1"),
    ]
    state = record.steps[1]["tasks"]
    assert state[0]["waits_for"] == "gather"
    assert state[0]["source"] == "await asyncio.gather(increment(), increment())"
    assert [task["state"] for task in state] == ["waiting", "ready", "ready"]
    assert record.data["ending"] == {"kind": "returned", "text": "lose returned 1"}
    assert record.steps[-1]["tasks"][0] == {
        "state": "returned", "detail": "1", "line": None, "source": "", "waits_for": "", "awaits": None,
    }  # fmt: skip


def test_timers_clock_and_output():
    """The clock moves to the first timer; prints belong to the step that made them."""
    record = record_steps(download)
    jumps = [step["time"] for step in record.steps if step["kind"] == "clock"]
    assert jumps == [1.0, 2.0, 2.5]
    texts = {timer["text"] for step in record.steps for timer in step["timers"]}
    assert {"wake fetch(1, 2)", "wake fetch(2, 1)", "timeout of download"} <= texts
    printed = [
        (step["time"], record.printed_in(step["number"]))
        for step in record.steps
        if record.printed_in(step["number"])
    ]
    assert printed == [
        (1.0, "fetched 2\n"),
        (1.0, "collected 2\n"),
        (2.0, "fetched 1\n"),
        (2.0, "collected 1\n"),
        (2.5, "too slow\n"),
    ]
    assert record.data["output"] == "".join(text for _, text in printed)
    assert record.data["ending"]["text"] == "download returned ([1, 2], False)"


def test_tasks_that_are_left_are_shown_being_cancelled():
    """After main is done asyncio.run cancels the others: that is part of the story."""
    record = record_steps(download)
    kinds = [step["kind"] for step in record.steps]
    end = kinds.index("end")
    assert record.steps[end]["text"] == "download is done: the other tasks are cancelled"
    assert record.steps[-1]["text"].startswith("collector was cancelled at line")
    assert record.steps[-1]["tasks"][1]["state"] == "cancelled"


def test_awaiting_a_cancelled_task_is_not_being_cancelled():
    async def main():
        one, other = asyncio.create_task(child()), asyncio.create_task(child(), name="other")
        await asyncio.sleep(1)
        asyncio.get_running_loop().call_soon(one.cancel)
        await asyncio.gather(one, other, return_exceptions=True)
        other = asyncio.create_task(child(), name="third")
        asyncio.get_running_loop().call_later(1, other.cancel)
        await other

    async def child():
        await asyncio.sleep(3)

    texts = [step["text"].partition(" at line")[0] for step in record_steps(main).steps]
    assert "child was cancelled" in texts
    assert "third was cancelled" in texts
    assert "main got a CancelledError" in texts
    assert "main was cancelled" not in texts


def test_a_deadlock_is_the_end_of_the_recording():
    record = record_steps(dine)
    assert record.data["ending"]["kind"] == "deadlock"
    last = record.steps[-1]
    assert (last["kind"], last["text"], last["ready"]) == ("end", "It cannot go on", [])
    assert [task["waits_for"] for task in last["tasks"]] == [
        "gather", "Lock.acquire of spoon, held by use #2", "Lock.acquire of fork, held by use #1",
    ]  # fmt: skip


def test_awaited_tasks_are_linked():
    async def child():
        await asyncio.sleep(1)

    async def main():
        await asyncio.create_task(child())

    step = record_steps(main).steps[1]
    assert (step["tasks"][0]["waits_for"], step["tasks"][0]["awaits"]) == ("task child", 1)


def test_failures_and_what_asyncio_would_log():
    async def fail():
        raise ValueError("broken\0")

    async def main():
        asyncio.get_running_loop().call_soon(int, "x")
        await fail()

    record = record_steps(main)
    assert record.data["ending"] == {"kind": "raised", "text": "main raised ValueError: broken\ufffd"}
    assert record.steps[1]["tasks"][0]["state"] == "failed"
    record = record_steps(lambda: with_callback())
    assert "ValueError" in record.data["output"]


async def with_callback():
    asyncio.get_running_loop().call_soon(int, "x")
    await asyncio.sleep(1)


def test_a_program_without_end_is_stopped():
    async def main():
        while True:  # noqa: ASYNC110
            await asyncio.sleep(1)

    record = record_steps(main, max_steps=50)
    assert record.data["ending"] == {"kind": "endless", "text": "main was not done after 50 steps"}
    assert record.steps[-1]["text"] == "It was stopped"
    assert sum(step["kind"] in ("step", "asyncio") for step in record.steps) == 50


def test_shared_values_may_be_locals_expressions_or_a_function():
    data = {"n": 0}

    async def main():
        items = []
        await asyncio.sleep(0)
        items.append("a, b")
        data["n"] = 1

    record = record_steps(main, shared="items, len(items), items[0]")
    assert [step["shared"] for step in record.steps if step["kind"] in ("start", "step")] == [
        {},
        {"items": "[]", "len(items)": "0"},
        {"items": "['a, b']", "len(items)": "1", "items[0]": "'a, b'"},
    ]
    record = record_steps(main, shared=lambda: dict(data))
    assert record.steps[0]["shared"] == {}  # what an earlier run has left says nothing
    assert {str(step["shared"]) for step in record.steps[1:]} == {"{'n': '1'}"}
    with pytest.raises(SyntaxError):
        record_steps(main, shared="items[")


def test_times_come_with_the_text_that_people_read():
    """The page's player shows these texts, so that times are rounded in one place."""

    async def main():
        asyncio.get_running_loop().call_later(0.375, print, "late")
        await asyncio.sleep(0.125)

    steps = record_steps(main).steps
    assert {(step["time"], step["time_text"]) for step in steps} == {(0, "0 s"), (0.125, "0.12 s")}
    timers = {(timer["when"], timer["when_text"]) for step in steps for timer in step["timers"]}
    assert timers == {(0.125, "0.12 s"), (0.375, "0.38 s")}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_the_first_step_of_an_eager_task_is_a_step_of_its_own():
    """It runs within a step of the task that makes it, and before that has ended."""
    log = []

    async def child(name):
        log.append(name)
        await asyncio.sleep(0)
        log.append(name.upper())

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        one = asyncio.create_task(child("a"), name="a")
        two = asyncio.create_task(asyncio.sleep(0, "result"), name="b")
        await asyncio.gather(one, two)

    recording = record_steps(main, shared=lambda: {"log": "".join(log)})
    told = [
        (step["text"].partition(" at ")[0].partition(" to line")[0], step["shared"])
        for step in recording.steps
    ]
    assert told[1:4] == [
        ("a started", {"log": "'a'"}),
        ("b started", {"log": "'a'"}),
        ("main started and ran", {"log": "'a'"}),
    ]
    first = recording.steps[1]
    assert "a started at once and ran to line" in first["text"]
    assert [task["state"] for task in first["tasks"]] == ["running", "ready"]
    assert (first["kind"], first["task"], first["ready"][0]["task"]) == ("step", 1, 1)
    assert [step["tasks"][0]["state"] for step in recording.steps[2:4]] == ["running", "waiting"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_steps_of_eager_tasks_count():
    """A program that makes them for ever is stopped."""

    async def nothing():
        pass

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        while True:
            await asyncio.gather(*(nothing() for _ in range(10)))
            await asyncio.sleep(0)

    recording = record_steps(main, max_steps=50)
    assert recording.data["ending"]["kind"] == "endless"
    assert len(recording.steps) < 65
