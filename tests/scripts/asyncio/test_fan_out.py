import asyncio
import time

import pytest


def test_each_item_has_its_outcome(run):
    """Six items, six outcomes, in order."""
    assert run.lines == [
        "cat: cat.jpg",
        "owl: TimeoutError('not done in 0.3 s'), tries: 2",
        "dog: dog.jpg",
        "yak: LookupError('no such photo'), tries: 1",
        "elk: elk.jpg",
        "fox: fox.jpg",
    ]


def test_a_turn_is_not_part_of_the_limit_of_an_item(example):
    """Twenty wait for a turn longer than an item may take, and all succeed."""

    async def call(item):
        starts.append(time.monotonic())
        return item

    async def main():
        return await example["fan_out"](
            call, range(40), limit=20, item_timeout=0.1, pace=example["Pace"](100)
        )

    starts = []
    done = asyncio.run(main())
    assert [one.value for one in done] == list(range(40))
    assert starts[-1] - starts[0] >= 0.38


def test_turns_of_who_was_cancelled_are_given_back(example):
    """Nineteen give up waiting; the next one does not wait for them."""

    async def main():
        pace = example["Pace"](2)
        await pace.turn()
        line = [asyncio.create_task(pace.turn()) for _ in range(19)]
        await asyncio.sleep(0)
        for one in line:
            one.cancel()
        await asyncio.wait(line)
        began = time.monotonic()
        await pace.turn()
        return time.monotonic() - began

    assert asyncio.run(main()) < 5


@pytest.mark.parametrize("asked", [0.0, 0.05])
def test_a_response_can_ask_for_another_try(example, asked):
    """And says how long to wait for it."""

    async def call(item):
        calls.append(time.monotonic())
        return "busy" if len(calls) == 1 else "good"

    async def main():
        return await example["fan_out"](
            call, [1], limit=1, item_timeout=5, pause=0, retry_on=lambda got: asked if got == "busy" else None
        )

    calls = []
    (done,) = asyncio.run(main())
    assert (done.value, done.tries) == ("good", 2)
    assert calls[1] - calls[0] >= asked


def test_who_asks_for_too_long_gets_no_second_try(example):
    """The answer is what there is."""

    async def call(item):
        raise ConnectionError

    async def main():
        return await example["fan_out"](call, [1], limit=1, item_timeout=5, retry_on=lambda error: 3600)

    (done,) = asyncio.run(main())
    assert done.tries == 1
