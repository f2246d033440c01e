"""Programs in virtual time run in the order in which CPython's own loop runs them.

Many random programs are run on both. Where nothing waits for time, or only for delays of
one length, CPython's order is well defined and must be the same. With different delays it
is well defined if the real run was on time; runs that were late are repeated.
"""

import asyncio
import random
import sys

import pytest
from overlap_trace.virtual_time import virtual, virtual_run

from tests.unit.virtual.programs import RandomProgram


def real_run(main):
    """asyncio.run with the loop that Unix has."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(main)


@pytest.mark.parametrize("seed", range(0, 300, 30))
def test_programs_without_delays_run_in_cpythons_order(seed):
    """Thirty random programs each, every event in the same order, on both entry points."""
    events = 0
    for number in range(seed, seed + 30):
        program = RandomProgram(number, tasks=2 + number % 4)
        expected = real_run(program())
        assert virtual_run(program()) == expected
        assert asyncio.run(virtual(program())) == expected
        events += len(expected)
    assert events > 600  # the programs do something


def test_random_programs_use_everything():
    """Each kind of step happens in some program, and so do its rarer endings."""
    seen = " ".join(str(virtual_run(RandomProgram(number)())) for number in range(100))
    for action in (name for name in dir(RandomProgram) if name.startswith("do_")):
        assert f" {action}'" in seen
    for words in ("cancelled", "too late", "in time", "notified", "saw the event", "ValueError"):
        assert words in seen


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_eager_tasks_run_in_cpythons_order():
    """Random programs whose tasks start inside create_task()."""

    async def eager(program):
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        return await program()

    for seed in range(60):
        program = RandomProgram(seed, tasks=3)
        assert virtual_run(eager(program)) == real_run(eager(program))


def test_task_factories_without_options_work():
    """As with asyncio's own loop."""
    made = []

    def factory(loop, coro, **options):
        assert not options.keys() - {"context"}
        made.append(asyncio.Task(coro, loop=loop, **options))
        return made[-1]

    async def main():
        asyncio.get_running_loop().set_task_factory(factory)
        return await asyncio.create_task(asyncio.sleep(1, "done"))

    assert virtual_run(main()) == "done"
    assert made


def test_equal_delays_end_in_the_order_of_their_calls():
    """A hundred sleeps of one length, and callbacks among them: first called, first run."""

    async def main():
        log = []
        loop = asyncio.get_running_loop()

        async def sleeper(number):
            await asyncio.sleep(0.01)
            log.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(sleeper(number))
                loop.call_later(0.01, log.append, f"callback {number}")
        await asyncio.sleep(0.01)
        return log

    expected = real_run(main())
    assert virtual_run(main()) == expected
    assert [entry for entry in expected if isinstance(entry, int)] == list(range(100))


UNIT = 0.008


class TimedProgram:
    """A program made from a seed in which no two timers are due within one UNIT.

    Task i of n acts at the times i, i + n, i + 2n … only.
    """

    def __init__(self, seed):
        self.seed = seed

    async def __call__(self):
        chance = random.Random(self.seed)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        log = []
        count = chance.randint(2, 4)
        events = [asyncio.Event() for _ in range(count)]
        queue = asyncio.Queue()

        def note(due, *words):
            log.append((due, loop.time() - begin, *words))

        async def work(index, plan):
            due = index
            for action, length in plan:
                due += length * count
                delay = begin + due * UNIT - loop.time()
                if action == "timeout":
                    try:
                        async with asyncio.timeout(delay):
                            await asyncio.Event().wait()
                    except TimeoutError:
                        note(due, index, "timeout")
                elif action == "wait_for":
                    try:
                        await asyncio.wait_for(asyncio.sleep(1000), delay)
                    except TimeoutError:
                        note(due, index, "wait_for")
                elif action == "wait":
                    await asyncio.wait([asyncio.ensure_future(events[index].wait())], timeout=delay)
                    note(due, index, "wait", events[index].is_set())
                else:
                    await asyncio.sleep(delay)
                    note(due, index, action)
                if action == "set":
                    events[(index + 1) % count].set()
                elif action == "put":
                    queue.put_nowait(index)
                elif action == "cancel" and index + 1 < count:
                    tasks[index + 1].cancel()

        async def reader():
            while True:
                item = await queue.get()
                log.append((None, None, "read", item))

        actions = ["sleep", "set", "put", "timeout", "wait_for", "wait", "cancel"]
        weights = [4, 1, 2, 2, 1, 1, 1]
        plans = [
            [(action, chance.randint(1, 2)) for action in chance.choices(actions, weights, k=3)]
            for _ in range(count)
        ]
        reading = asyncio.create_task(reader())
        tasks = [asyncio.create_task(work(index, plan)) for index, plan in enumerate(plans)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        reading.cancel()
        log.append((None, None, [repr(result) for result in results]))
        return log


def on_time(log):
    """Whether each event came when it was due, or less than half a UNIT later.

    An event before its time is one that did not wait for its timer: it is on time too.
    """
    return all(due is None or when < (due + 0.5) * UNIT for due, when, *_ in log)


def test_programs_with_delays_run_in_cpythons_order():
    """Random programs with delays: same events in the same order; late real runs do not count."""
    compared = 0
    for seed in range(16):
        program = TimedProgram(seed)
        expected = virtual_run(program())
        assert on_time(expected)
        for _ in range(20):
            real = real_run(program())
            if on_time(real):
                assert [words for _, _, *words in real] == [words for _, _, *words in expected]
                compared += 1
                break
    assert compared >= 12, "the machine was too busy to keep time"
