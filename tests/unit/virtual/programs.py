"""Programs that several tests run, on CPython and in Pyodide."""

import asyncio
import random


class RandomProgram:
    """A program made from a seed: some tasks that use most of asyncio, without delays.

    After many turns main cancels what is left, so that every program ends. `leave_out`
    names kinds of steps, for instance those that changed from one Python to the next.
    """

    def __init__(self, seed, tasks=4, steps=6, leave_out=()):
        self.seed = seed
        self.leave_out = leave_out
        self.tasks = tasks
        self.steps = steps

    async def __call__(self):
        self.log = []
        self.random = random.Random(self.seed)
        self.lock, self.event, self.condition = asyncio.Lock(), asyncio.Event(), asyncio.Condition()
        self.semaphore, self.queue = asyncio.Semaphore(2), asyncio.Queue(maxsize=2)
        self.made = 0
        self.workers = []
        for _ in range(self.tasks):
            self.workers.append(self.spawn(self.steps))
        for turn in range(120):
            await asyncio.sleep(0)
            if all(worker.done() for worker in self.workers):
                self.log.append(f"all done after {turn}")
                break
        for worker in self.workers:
            worker.cancel()
        for worker in self.workers:  # not gather: it changed in Python 3.12
            try:
                self.log.append(repr(await worker))
            except (Exception, asyncio.CancelledError) as error:
                self.log.append(repr(error))
        return self.log

    def spawn(self, steps):
        self.made += 1
        name = f"t{self.made}"
        # Drawn now, so that the plan does not depend on the order.
        names = [action for action in dir(self) if action.startswith("do_")]
        names = [name for name in names if name not in self.leave_out]
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


# Steps whose turns differ between Python 3.11 and 3.14.
CHANGED = ("do_wait_for", "do_generator", "do_semaphore", "do_cancel", "do_timeout")

counter = 0
lock = None


async def increment():
    """Read, let others run, write: an update can get lost."""
    global counter
    value = counter
    await asyncio.sleep(0)
    counter = value + 1
    await asyncio.sleep(0)


async def increment_with_lock():
    """The same with a lock around it."""
    global counter
    async with lock:
        value = counter
        await asyncio.sleep(0)
        counter = value + 1


async def lose():
    """Two increments: returns 2, or 1 if one was lost."""
    global counter
    counter = 0
    await asyncio.gather(increment(), increment())
    return counter


async def lose_in_a_group():
    """The same with a TaskGroup."""
    global counter
    counter = 0
    async with asyncio.TaskGroup() as group:
        group.create_task(increment())
        group.create_task(increment())
    return counter


async def keep():
    """Three increments with a lock: always returns 3."""
    global counter, lock
    counter, lock = 0, asyncio.Lock()
    await asyncio.gather(*(increment_with_lock() for _ in range(3)))
    return counter


async def use(first, second):
    """Take two locks, one after the other."""
    async with first:
        await asyncio.sleep(0)
        async with second:
            pass


async def dine():
    """Two tasks take two locks, each in its own order: they can wait for each other for ever."""
    fork, spoon = asyncio.Lock(), asyncio.Lock()
    await asyncio.gather(use(fork, spoon), use(spoon, fork))


async def download():
    """Sleeps, a timeout, a queue, a task that is left, prints: something of everything for the stepper."""
    queue = asyncio.Queue()

    async def fetch(number, seconds):
        await asyncio.sleep(seconds)
        print("fetched", number)
        await queue.put(number)
        return number

    async def collect():
        while True:
            print("collected", await queue.get())

    collector = asyncio.create_task(collect(), name="collector")
    results = await asyncio.gather(fetch(1, 2), fetch(2, 1))
    try:
        async with asyncio.timeout(0.5):
            await fetch(3, 7200)
    except TimeoutError:
        print("too slow")
    return results, collector.done()


def both_counted(result):
    return result == 2


async def report():
    """What this package says about these programs: the same on every Python from 3.11 on."""
    from overlap_trace.explorer import explore
    from overlap_trace.stepper import record_steps
    from overlap_trace.virtual_time import virtual

    said = {
        "orders": [
            await virtual(RandomProgram(seed, 2 + seed % 4, leave_out=CHANGED)()) for seed in range(40)
        ],
        "explored": [
            explore(lose, check=lambda result: result == 2, shared="counter").to_dict(),
            explore(keep, check=lambda result: result == 3).to_dict(),
            explore(dine).to_dict(),
            explore(dine, max_schedules=3).to_dict(),
        ],
        "steps": [record_steps(main, shared="counter").to_dict() for main in (lose, dine, download)],
        "errors": [],
    }
    for main in (dine(), asyncio.to_thread(print), asyncio.open_connection("localhost", 1)):
        try:
            await virtual(main)
        except RuntimeError as error:
            said["errors"].append([type(error).__name__, str(error)])
    return said
