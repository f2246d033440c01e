"""Programs in virtual time run in the order in which CPython's own loop runs them.

Many random programs are run on both. Where nothing waits for time, or only for delays of
one length, CPython's order is well defined and must be the same. With different delays it
is well defined if the real run was on time; runs that were late are repeated.
"""

import asyncio
import random

import pytest
from overlap_trace.virtual_time import virtual, virtual_run


def real_run(main):
    """asyncio.run with the loop that Unix has."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(main)


class RandomProgram:
    """A program made from a seed: some tasks that use most of asyncio, without delays.

    After many turns main cancels what is left, so that every program ends.
    """

    def __init__(self, seed, tasks=4, steps=6):
        self.seed = seed
        self.tasks = tasks
        self.steps = steps

    async def __call__(self):
        self.log = []
        self.random = random.Random(self.seed)
        self.lock, self.event, self.condition = asyncio.Lock(), asyncio.Event(), asyncio.Condition()
        self.semaphore, self.queue = asyncio.Semaphore(2), asyncio.Queue(maxsize=2)
        self.made = 0
        self.workers = [self.spawn(self.steps) for _ in range(self.tasks)]
        for turn in range(120):
            await asyncio.sleep(0)
            if all(worker.done() for worker in self.workers):
                self.log.append(f"all done after {turn}")
                break
        for worker in self.workers:
            worker.cancel()
        results = await asyncio.gather(*self.workers, return_exceptions=True)
        self.log.append([repr(result) for result in results])
        return self.log

    def spawn(self, steps):
        self.made += 1
        name = f"t{self.made}"
        # Drawn now, so that the plan does not depend on the order.
        names = [action for action in dir(self) if action.startswith("do_")]
        plan = [(self.random.choice(names), self.random.random()) for _ in range(steps)]
        return asyncio.create_task(self.work(name, plan), name=name)

    async def work(self, name, plan):
        try:
            for action, number in plan:
                self.log.append(f"{name} {action}")
                await getattr(self, action)(name, number)
        except asyncio.CancelledError:
            self.log.append(f"{name} cancelled")
            raise
        finally:
            self.log.append(f"{name} ends")
        return name

    async def do_turn(self, name, number):
        await asyncio.sleep(0)

    async def do_negative(self, name, number):
        await asyncio.sleep(-number)

    async def do_lock(self, name, number):
        async with self.lock:
            self.log.append(f"{name} has the lock")
            for _ in range(int(number * 3)):
                await asyncio.sleep(0)

    async def do_semaphore(self, name, number):
        async with self.semaphore:
            self.log.append(f"{name} has a slot")
            await asyncio.sleep(0)

    async def do_put(self, name, number):
        await self.queue.put(name)
        self.log.append(f"{name} has put")

    async def do_get(self, name, number):
        self.log.append(f"{name} got {await self.queue.get()}")

    async def do_event(self, name, number):
        if number < 0.6:
            self.event.set()
        else:
            self.event.clear()
            await self.event.wait()
            self.log.append(f"{name} saw the event")

    async def do_condition(self, name, number):
        async with self.condition:
            if number < 0.6:
                self.condition.notify(2)
            else:
                await self.condition.wait()
                self.log.append(f"{name} notified")

    async def do_callbacks(self, name, number):
        loop = asyncio.get_running_loop()
        loop.call_soon(self.log.append, f"{name} called soon")
        loop.call_later(0, self.log.append, f"{name} called later")
        loop.call_at(loop.time() - number, self.log.append, f"{name} called for the past")
        asyncio.current_task().add_done_callback(lambda _: self.log.append(f"{name} done callback"))

    async def do_child(self, name, number):
        child = self.spawn(2)
        self.workers.append(child)
        self.log.append(f"{name} child {await child}")

    async def do_gather(self, name, number):
        turns = [asyncio.sleep(0, turn) for turn in range(int(number * 4))]
        self.log.append(f"{name} gathered {await asyncio.gather(*turns)}")

    async def do_group(self, name, number):
        async def member(turns):
            for _ in range(turns):
                await asyncio.sleep(0)
            if number > 0.6 and turns == 1:
                raise ValueError(name)
            self.log.append(f"{name} member {turns}")

        try:
            async with asyncio.TaskGroup() as group:
                for turns in range(3):
                    group.create_task(member(turns))
        except ExceptionGroup as errors:
            self.log.append(f"{name} {errors.exceptions!r}")

    async def do_wait(self, name, number):
        tasks = [asyncio.create_task(asyncio.sleep(0, turn)) for turn in range(3)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self.log.append(f"{name} waited {sorted(task.result() for task in done)}")

    async def do_wait_for(self, name, number):
        try:
            self.log.append(f"{name} {await asyncio.wait_for(asyncio.sleep(0, 'in time'), 100)}")
            await asyncio.wait_for(asyncio.sleep(0), 0)
        except TimeoutError:
            self.log.append(f"{name} too late")

    async def do_timeout(self, name, number):
        try:
            async with asyncio.timeout(100 if number < 0.5 else 0):
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            self.log.append(f"{name} in time")
        except TimeoutError:
            self.log.append(f"{name} too late")

    async def do_cancel(self, name, number):
        victim = self.workers[int(number * len(self.workers))]
        if victim is not asyncio.current_task():
            victim.cancel()

    async def do_as_completed(self, name, number):
        for finished in asyncio.as_completed([asyncio.sleep(0, 1)]):
            self.log.append(f"{name} completed {await finished}")

    async def do_generator(self, name, number):
        async def numbers():
            try:
                for turn in range(3):
                    yield turn
                    await asyncio.sleep(0)
            finally:
                self.log.append(f"{name} generator closed")

        async for turn in numbers():
            if turn == 1 and number > 0.5:
                break

    async def do_shield(self, name, number):
        await asyncio.shield(asyncio.sleep(0))


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
