"""The explorer and the stepper find what a brute force finds, with all that asyncio has to wait for."""

import asyncio
import contextlib

import pytest
from overlap_trace.explorer import explore
from overlap_trace.stepper import record_steps

from tests.unit.virtual.brute_force import count_endings


async def three_at_a_lock():
    lock, log = asyncio.Lock(), []

    async def work(number):
        async with lock:
            log.append(number)
            await asyncio.sleep(0)
            log.append(-number)

    await asyncio.gather(work(1), work(2), work(3))
    return tuple(log)


async def cancelled_at_a_semaphore():
    semaphore, log = asyncio.Semaphore(1), []

    async def work(number):
        try:
            async with semaphore:
                log.append(number)
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            log.append(-number)
            raise

    tasks = [asyncio.create_task(work(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(log)


async def an_event_set_and_cleared():
    event, log = asyncio.Event(), []

    async def wait(number):
        await event.wait()
        log.append(number)

    async def blink():
        event.set()
        await asyncio.sleep(0)
        event.clear()
        log.append("cleared")
        await asyncio.sleep(0)
        event.set()

    await asyncio.gather(wait(1), wait(2), blink())
    return tuple(log)


async def a_short_queue():
    queue, log = asyncio.Queue(1), []

    async def produce(number):
        await queue.put(number)

    async def consume():
        for _ in range(3):
            log.append(await queue.get())

    await asyncio.gather(produce(1), produce(2), produce(3), consume())
    return tuple(log)


async def failures_in_gather():
    async def fail(number):
        await asyncio.sleep(0)
        raise ValueError(number)

    async def succeed():
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    await asyncio.gather(fail(1), succeed(), fail(2))


async def locks_in_two_orders():
    one, other = asyncio.Lock(), asyncio.Lock()

    async def work(first, second):
        async with first:
            await asyncio.sleep(0)
            async with second:
                pass

    await asyncio.gather(work(one, other), work(other, one), asyncio.sleep(0))


async def tasks_in_tasks():
    log = []

    async def leaf(number):
        log.append(number)

    async def parent(number):
        task = asyncio.create_task(leaf(number * 10))
        await asyncio.sleep(0)
        log.append(number)
        await task

    await asyncio.gather(parent(1), parent(2))
    return tuple(log)


async def a_group_with_a_failure():
    log = []

    async def work(number):
        try:
            await asyncio.sleep(0)
            if number == 2:
                raise ValueError(number)
            await asyncio.sleep(0)
            log.append(number)
        except asyncio.CancelledError:
            log.append(-number)
            raise

    try:
        async with asyncio.TaskGroup() as group:
            for number in (1, 2, 3):
                group.create_task(work(number))
    except* ValueError:
        log.append("failed")
    return tuple(log)


async def timeouts():
    log = []

    async def work(seconds):
        try:
            async with asyncio.timeout(2):
                await asyncio.sleep(seconds)
                log.append(seconds)
        except TimeoutError:
            log.append(-seconds)

    await asyncio.gather(work(1), work(2), work(3))
    return tuple(log)


async def a_condition_and_a_barrier():
    condition, barrier, log, is_ready = asyncio.Condition(), asyncio.Barrier(2), [], False

    async def wait(number):
        async with condition:
            await condition.wait_for(lambda: is_ready)
            log.append(number)
        await barrier.wait()

    async def notify():
        nonlocal is_ready
        async with condition:
            is_ready = True
            condition.notify_all()

    await asyncio.gather(wait(1), wait(2), notify())
    return tuple(log)


async def wait_for_the_first():
    log = []

    async def work(steps):
        try:
            for _ in range(steps):
                await asyncio.sleep(0)
            log.append(steps)
        except asyncio.CancelledError:
            log.append(-steps)
            raise

    tasks = [asyncio.create_task(work(steps)) for steps in (1, 2)]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(log)


async def a_shield():
    log = []

    async def inner():
        await asyncio.sleep(0)
        log.append("inner")

    async def outer():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    task = asyncio.create_task(inner())
    waiting = asyncio.create_task(outer())
    await asyncio.sleep(0)
    log.append(waiting.cancel())
    await asyncio.gather(task, waiting, return_exceptions=True)
    return tuple(log)


async def callbacks():
    log, loop = [], asyncio.get_running_loop()

    async def work(number):
        loop.call_soon(log.append, number)
        await asyncio.sleep(0)
        log.append(-number)

    task = asyncio.create_task(work(1))
    task.add_done_callback(lambda _: log.append("done"))
    await asyncio.gather(task, work(2))
    return tuple(log)


async def a_callback_with_a_private_name():
    seen = {}

    async def work(number):
        seen["key"] = number
        await asyncio.sleep(0)

    asyncio.get_running_loop().call_soon(seen.__setitem__, "key", "callback")
    await asyncio.gather(work(1), work(2))
    return seen["key"]


async def timers_at_one_moment():
    log, loop = [], asyncio.get_running_loop()
    for number in (1, 2):
        loop.call_later(1, log.append, number)

    async def work(name):
        await asyncio.sleep(1)
        log.append(name)

    await asyncio.gather(work("a"), work("b"))
    await asyncio.sleep(0)
    return tuple(log)


async def left_generators():
    log = []

    async def numbers(number):
        try:
            yield number
            yield number
        finally:
            await asyncio.sleep(0)
            log.append(-number)

    async def work(number):
        async with contextlib.aclosing(numbers(number)) as some:
            async for one in some:
                log.append(one)
                break

    await asyncio.gather(work(1), work(2))
    return tuple(log)


async def in_order_of_completion():
    log = []

    async def work(steps):
        for _ in range(steps):
            await asyncio.sleep(0)
        return steps

    for one in asyncio.as_completed([asyncio.create_task(work(steps)) for steps in (1, 2)]):
        log.append(await one)
    return tuple(log)


async def a_wait_that_ends_when_its_work_does():
    log = []

    async def work():
        try:
            await asyncio.sleep(2)
            return "done"
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def wait():
        try:
            log.append(await asyncio.wait_for(work(), 2))
        except TimeoutError:
            log.append("timeout")

    async def other():
        await asyncio.sleep(2)
        log.append("other")

    await asyncio.gather(wait(), other())
    return tuple(log)


PROGRAMS = [
    three_at_a_lock,
    cancelled_at_a_semaphore,
    an_event_set_and_cleared,
    a_short_queue,
    failures_in_gather,
    locks_in_two_orders,
    tasks_in_tasks,
    a_group_with_a_failure,
    timeouts,
    a_condition_and_a_barrier,
    wait_for_the_first,
    a_shield,
    callbacks,
    a_callback_with_a_private_name,
    timers_at_one_moment,
    left_generators,
    in_order_of_completion,
    a_wait_that_ends_when_its_work_does,
]
named = pytest.mark.parametrize("main", PROGRAMS, ids=lambda main: main.__name__)


def ending_of(kind, text, main):
    """How the brute force says it."""
    text = text.removeprefix(f"{main.__name__} ")
    if kind == "raised":
        text = text.replace(": ", "(", 1) + ")"
    return kind if kind in ("deadlock", "endless") else text


@named
def test_the_explorer_counts_what_the_brute_force_counts(main):
    """The same endings, each as often."""
    found = explore(main, max_schedules=100_000, max_seconds=100)
    assert found.complete
    counted = {ending_of(outcome.kind, outcome.text, main): outcome.count for outcome in found.outcomes}
    assert counted == count_endings(main)


@named
def test_the_stepper_ends_as_one_of_the_schedules_does(main):
    """asyncio's own order is one of them."""
    ending = record_steps(main).data["ending"]
    assert ending_of(ending["kind"], ending["text"], main) in count_endings(main)


def test_the_brute_force_knows_what_does_not_end():
    """The explorer never says that it has seen all of such a program."""

    async def main():
        done = []

        async def spin():
            while not done:  # noqa: ASYNC110
                await asyncio.sleep(0)

        async def stop():
            await asyncio.sleep(0)
            done.append(True)

        await asyncio.gather(spin(), stop())

    endings = count_endings(main, max_steps=10)
    found = explore(main, max_steps=20)
    assert set(endings) == {"returned None", "endless"}
    assert {outcome.kind for outcome in found.outcomes} == {"returned", "endless"}
    assert not found.complete
