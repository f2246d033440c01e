"""Tasks that go on after their run: which they are, how they end, how they are stopped."""

import asyncio
import contextlib
import sys

from overlap_contract import CELL_FILE_PREFIX
from overlap_page.going_on import GoingOn, interrupt


def started(run, coro, name):
    """A task of a run, with the number of that before its name."""
    return asyncio.create_task(coro, name=f"{run}{name}")


def new():
    """What looks after tasks on the running loop."""
    return GoingOn(asyncio.get_running_loop(), lambda task: int("0" + task.get_name()[:1].strip("T")))


def test_only_what_has_changed_is_told():
    """Names, counts, and that all have ended; each run for itself."""

    async def main():
        going = new()
        started(1, asyncio.sleep(60), "b")
        last = started(1, asyncio.sleep(60), "a")
        other = started(2, asyncio.sleep(60), "other")
        assert going.begin(1) == {"run": 1, "count": 2, "names": ["1a", "1b"], "failed": 0}
        going.begin(2)
        assert going.look(is_quiet=True) == []
        last.cancel()
        await asyncio.sleep(0)
        assert [(news["run"], news["count"]) for news in going.look(is_quiet=True)] == [(1, 1)]
        going.stop([1])
        await asyncio.sleep(0)
        assert [(news["run"], news["count"]) for news in going.look(is_quiet=True)] == [(1, 0)]
        assert not other.cancelling()
        other.cancel()

    asyncio.run(main())


def test_an_exception_is_told_once_and_only_if_nobody_asks():
    """Not while a cell runs, which may ask; a task that nobody keeps tells by itself."""

    async def fail():
        raise ValueError("x")

    async def main():
        going, told = new(), []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["task"]))
        tasks = [started(1, fail(), name) for name in ("kept", "asked")]
        going.begin(1)
        await asyncio.sleep(0)
        for is_quiet in (False, False):
            going.look(is_quiet=is_quiet)
            assert told == []
        tasks[1].exception()
        going.look(is_quiet=True)
        assert told == tasks[:1]
        going.look(is_quiet=True)
        assert told == tasks[:1]
        assert not going.any

    asyncio.run(main())


def test_what_a_cancelled_task_starts_is_cancelled():
    """At the next look, once each."""

    async def main():
        going, made = new(), []

        async def again():
            try:
                await asyncio.sleep(60)
            finally:
                if len(made) < 5:
                    made.append(started(1, again(), "next"))

        started(1, again(), "first")
        going.begin(1)
        await asyncio.sleep(0)
        going.stop([1])
        while going.any:
            await asyncio.sleep(0.01)
            going.look(is_quiet=True)
        assert len(made) == 5
        assert all(task.cancelled() for task in made)

    asyncio.run(main())


def test_that_a_task_has_ended_before_it_was_stopped_is_told():
    """The reader presses Stop, and what computed has been interrupted before anything is heard of it."""

    async def main():
        going = new()
        started(1, asyncio.sleep(0), "short")
        going.begin(1)
        await asyncio.sleep(0.01)
        going.stop([1])
        assert [news["count"] for news in going.look(is_quiet=True)] == [0]

    asyncio.run(main())


CODE = """
async def deaf(wait):
    while True:
        try:
            await wait()
        except asyncio.CancelledError:
            pass

async def outer(wait):
    await asyncio.create_task(deaf(wait))
"""


def test_interrupt_raises_where_tasks_wait():
    """In a sleep, for a lock, for another task, or at the next step of one that only gives way."""
    names = {"asyncio": asyncio}
    exec(compile(CODE, f"{CELL_FILE_PREFIX}1", "exec"), names)
    deaf, outer = names["deaf"], names["outer"]

    async def main():
        lock = asyncio.Lock()
        await lock.acquire()

        async def wait():
            await asyncio.sleep(60)

        async def give_way():
            await asyncio.sleep(0)

        started = [deaf(wait), deaf(lock.acquire), outer(wait), deaf(give_way), outer(give_way)]
        tasks = [asyncio.create_task(each) for each in started]
        other = asyncio.create_task(deaf(wait))
        for _ in range(3):
            await asyncio.sleep(0)
        interrupt(tasks)
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        done, _ = await asyncio.wait(tasks)
        assert not other.done()
        assert sys.gettrace() is before
        interrupt([other])
        await asyncio.wait([other])
        return {type(task.exception()) for task in done}

    before = sys.gettrace()
    loop = asyncio.new_event_loop()
    run = loop._run_once

    def run_once():
        with contextlib.suppress(KeyboardInterrupt):
            run()

    loop._run_once = run_once
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(main()) == {KeyboardInterrupt}
