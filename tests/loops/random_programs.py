"""Random asyncio programs, as data; what runs one and tells what happened; and how to make one smaller.

A program is a dict that JSON can hold: {"eager": …, "queue": …, "size": …, "tasks": [body, …]}. A body is a
list of operations, [name, tag, …]: of a simple one follow a delay and a number, of one with a body its body
and a number, of one with several bodies those, a mode and a delay. The same program says the same on every
event loop that is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import copy
import gc
import random
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

Program = dict[str, Any]
SIMPLE = """
    log sleep sleep sleep soon later at context_set context_log soon_in_context cancel_timer
    cancel_handle names event_set event_clear event_wait put put get get put_nowait get_nowait task_done
    join shutdown notify notify_all future_set future_fail future_wait future_callback future_cancel
    remove_callback cancel cancel_with_message cancel_self uncancel fail fail await_child exception
    threadsafe barrier barrier_end acquire release count_tasks done_callback half_generator
    failing_callback rename timeout_now
""".split()  # noqa: SIM905
WITH_BODY = """
    catch finish shield spawn spawn spawn_eager lock semaphore condition wait_for_condition
    async_generator left_generator manager suppress_cancel exit_stack throw_into_generator
    task_in_context
""".split()  # noqa: SIM905
WITH_TIME = """
    timeout wait_for reschedule nested_timeout
""".split()  # noqa: SIM905
WITH_BODIES = """
    gather gather_all group group_late wait wait_first as_completed as_completed_async
""".split()  # noqa: SIM905


def program(seed: int, timed: bool) -> Program:
    """Return the random program of a seed. Without `timed` nothing waits for a moment but the next turn."""
    chance = random.Random(f"{seed} {timed}")
    tags = iter(range(1, 10_000))

    def delay() -> float:
        if not timed:
            return chance.choice([0, 0, 0, -1, 0.0])
        longest = chance.choice([0, 0, -1, 1, 2, 3, 5, 10, 10, 20, 20, 30, 40])
        # Two sums of delays are hardly ever equal: which ends first would be a matter of luck.
        return longest if longest <= 0 else longest / 1000 + chance.randint(1, 999) / 1e6

    def body(depth: int, least: int = 1, most: int = 4) -> list[Any]:
        return [operation(depth) for _ in range(chance.randint(least, most))]

    def operation(depth: int) -> list[Any]:
        tag = next(tags)
        if depth < 3 and chance.random() < 0.42:
            name = chance.choice(WITH_BODY + WITH_TIME + WITH_BODIES)
            if name in WITH_BODIES:
                bodies = [body(depth + 1) for _ in range(chance.randint(1, 3))]
                mode = chance.choice(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
                limit = chance.choice([None, None, delay() + 0.004 if timed else 0])
                return [name, tag, bodies, mode, limit]
            if name in WITH_TIME:
                return [name, tag, body(depth + 1), delay() if chance.random() < 0.8 else 30, delay()]
            return [name, tag, body(depth + 1), chance.random()]
        return [chance.choice(SIMPLE), tag, delay(), chance.randint(0, 9)]

    return {
        "eager": chance.random() < 0.15,
        "queue": chance.choice(["Queue", "LifoQueue", "PriorityQueue"]),
        "size": chance.choice([0, 1, 2]),
        "tasks": [body(0, 4, 9) for _ in range(chance.randint(2, 4))],
    }


# -- running one -------------------------------------------------------------------------------

VARIABLE: contextvars.ContextVar[object] = contextvars.ContextVar("VARIABLE", default="-")
CLEANING = "cleaning up"
THE_END = "THE END"

_made = 0


def number_tasks(task_class: Any) -> Any:
    """Let tasks of a class have their number as hash: sets of them have the same order everywhere."""
    plain = task_class.__init__

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        global _made
        _made += 1
        self.number_in_sets = _made
        plain(self, *args, **options)

    task_class.__init__ = __init__
    task_class.__hash__ = lambda self: getattr(self, "number_in_sets", 0)
    return task_class


class Boom(Exception):
    """An exception that programs handle."""


class Bang(Exception):
    """Another one."""


def words_of(error: BaseException | None) -> str:
    """Return an exception with its arguments, its context and its cause."""
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}[{', '.join(map(words_of, error.exceptions))}]"
    words = f"{type(error).__name__}{getattr(error, 'args', '')}"
    if error is not None and error.__context__ is not None and not error.__suppress_context__:
        words += f" in {type(error.__context__).__name__}"
    if error is not None and error.__cause__ is not None:
        words += f" from {type(error.__cause__).__name__}"
    return words


class Run:
    """One run of a program on the loop that runs. It tells what happened in `log`."""

    MOST = 3_000

    def __init__(self, program: Program, timed: bool, log: list[str]) -> None:
        self.loop = asyncio.get_running_loop()
        self.program, self.timed = program, timed
        self.log = log
        self.zero = self.loop.time()
        self.before = set(map(id, asyncio.all_tasks()))
        self.lock, self.event, self.condition = asyncio.Lock(), asyncio.Event(), asyncio.Condition()
        self.semaphore, self.barrier = asyncio.Semaphore(2), asyncio.Barrier(2)
        self.queue = getattr(asyncio, program["queue"])(program["size"])
        self.futures = [self.loop.create_future() for _ in range(10)]
        self.children: list[asyncio.Task[Any]] = []
        self.timers: list[asyncio.TimerHandle] = []
        self.handles: list[asyncio.Handle] = []
        self.loop.set_exception_handler(self.on_exception)

    def say(self, *words: object) -> None:
        if len(self.log) > self.MOST:
            raise RuntimeError("this program says too much")
        self.log.append(re.sub(r"Task-\d+", "Task-#", " ".join(map(str, words))))

    def now(self) -> str:
        return f"@{self.loop.time() - self.zero:.6f}" if self.timed else ""

    def on_exception(self, loop: object, context: dict[str, Any]) -> None:
        message = re.split(r" <|_", context.get("message", ""))[0][:40]
        self.say("HANDLER", message, repr(context.get("exception")))

    def names(self) -> list[str]:
        """Return the names of the tasks that are not done, without those that the last program has left."""
        names = (task.get_name() for task in asyncio.all_tasks() if id(task) not in self.before)
        return [name for name in names if name.startswith("t")]

    def call_back(self, what: str, tag: int) -> None:
        self.say("callback", what, tag, VARIABLE.get())

    def child(self, number: int) -> asyncio.Task[Any] | None:
        return self.children[number % len(self.children)] if self.children else None

    def spawn(self, body: list[Any], tag: object, **options: Any) -> asyncio.Task[Any]:
        task = self.loop.create_task(self.task(body, tag), name=f"t{tag}", **options)
        self.children.append(task)
        return task

    def spawn_all(self, bodies: list[Any], tag: int) -> list[asyncio.Task[Any]]:
        return [self.spawn(body, f"{tag}.{number}") for number, body in enumerate(bodies)]

    async def task(self, body: list[Any], tag: object) -> object:
        self.say("start", tag, asyncio.current_task().get_name())
        try:
            await self.do(body, guarded=str(tag).startswith("m"))
        except BaseException as error:
            self.say("end", tag, words_of(error))
            raise
        self.say("end", tag, "ok", self.now())
        return tag

    async def do(self, body: list[Any], guarded: bool = False) -> None:
        for name, *rest in body:
            self.say(name, rest[0])
            try:
                await getattr(self, f"do_{name}")(*rest)
            except (Exception, asyncio.CancelledError) as error:
                if not guarded:
                    raise
                self.say("guard", words_of(error))
                if CLEANING in error.args:
                    raise

    async def generator(self, body: list[Any], tag: int) -> Any:
        try:
            yield 1
            await self.do(body)
            yield 2
            await asyncio.sleep(0)
            yield 3
        finally:
            self.say("generator closing", tag)
            await asyncio.sleep(0)
            self.say("generator closed", tag)

    @contextlib.asynccontextmanager
    async def manager(self, body: list[Any], tag: int) -> Any:
        await asyncio.sleep(0)
        try:
            yield tag
        finally:
            await self.do(body)
            self.say("manager left", tag)

    async def run(self) -> None:
        """Run the program to its end; clean up what it leaves."""
        global _made
        _made = 0
        factory, mine = self.loop.get_task_factory(), asyncio.current_task()
        if self.program["eager"]:
            self.loop.set_task_factory(EAGER)
        for number, body in enumerate(self.program["tasks"]):
            self.spawn(body, f"m{number}")
        await self.settle()
        for task in self.children:
            if task.done():
                result = "cancelled" if task.cancelled() else task.exception() or task.result()
                self.say("out", task.get_name(), repr(result))
        await self.turns(6)
        self.loop.set_task_factory(factory)
        for task in sorted(asyncio.all_tasks(), key=hash):
            if task is not mine and id(task) not in self.before:
                task.cancel()
        await self.turns(6)
        self.say(THE_END)
        self.children.clear()
        self.loop.set_exception_handler(None)

    @classmethod
    async def start(cls, program: Program, log: list[str]) -> None:
        """Run a program on a loop that begins only now."""
        await cls(program, False, log).run()

    async def settle(self) -> None:
        for _ in range(12):
            left = [task for task in self.children if not task.done()]
            if not left:
                return
            if self.timed:
                await asyncio.wait(left, timeout=25)
            else:
                for _ in range(120):
                    await asyncio.sleep(0)
                    if all(task.done() for task in self.children):
                        return
            left = [task for task in self.children if not task.done()]
            if left:
                self.say("CLEAN UP", [task.get_name() for task in left])
                for task in left:
                    task.cancel(CLEANING)
                await self.turns(6)
        self.say(THE_END)

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    # -- simple operations: tag, delay, number

    async def do_log(self, tag, delay, number):
        self.say("at", self.now())

    async def do_sleep(self, tag, delay, number):
        await asyncio.sleep(delay)
        self.say("slept", tag, self.now())

    async def do_soon(self, tag, delay, number):
        self.handles.append(self.loop.call_soon(self.call_back, "soon", tag))

    async def do_threadsafe(self, tag, delay, number):
        self.handles.append(self.loop.call_soon_threadsafe(self.call_back, "threadsafe", tag))

    async def do_later(self, tag, delay, number):
        self.timers.append(self.loop.call_later(delay, self.call_back, "later", tag))

    async def do_at(self, tag, delay, number):
        self.timers.append(self.loop.call_at(self.loop.time() + delay, self.call_back, "at", tag))

    async def do_cancel_timer(self, tag, delay, number):
        if self.timers:
            timer = self.timers[number % len(self.timers)]
            timer.cancel()
            self.say("cancelled", timer.cancelled())

    async def do_cancel_handle(self, tag, delay, number):
        if self.handles:
            self.handles[number % len(self.handles)].cancel()

    async def do_failing_callback(self, tag, delay, number):
        def fail():
            raise Boom(tag)

        self.loop.call_soon(fail)

    async def do_context_set(self, tag, delay, number):
        VARIABLE.set(tag)

    async def do_context_log(self, tag, delay, number):
        self.say("context", VARIABLE.get())

    async def do_soon_in_context(self, tag, delay, number):
        context = contextvars.copy_context()
        context.run(VARIABLE.set, f"c{tag}")
        self.loop.call_soon(self.call_back, "soon in context", tag, context=context)
        self.loop.call_later(delay, self.call_back, "later in context", tag, context=context)

    async def do_names(self, tag, delay, number):
        self.say("names", sorted(self.names()))

    async def do_count_tasks(self, tag, delay, number):
        self.say("tasks", len(self.names()))

    async def do_rename(self, tag, delay, number):
        asyncio.current_task().set_name(f"t-renamed-{tag}")

    async def do_event_set(self, tag, delay, number):
        self.event.set()

    async def do_event_clear(self, tag, delay, number):
        self.event.clear()

    async def do_event_wait(self, tag, delay, number):
        await self.event.wait()
        self.say("saw", tag)

    async def do_put(self, tag, delay, number):
        await self.queue.put(tag)
        self.say("put", tag)

    async def do_get(self, tag, delay, number):
        self.say("got", await self.queue.get(), tag)

    async def do_put_nowait(self, tag, delay, number):
        try:
            self.queue.put_nowait(tag)
        except asyncio.QueueFull:
            self.say("full")

    async def do_get_nowait(self, tag, delay, number):
        try:
            self.say("got at once", self.queue.get_nowait())
        except asyncio.QueueEmpty:
            self.say("empty")

    async def do_task_done(self, tag, delay, number):
        try:
            self.queue.task_done()
        except ValueError as error:
            self.say("task_done", error)

    async def do_join(self, tag, delay, number):
        await self.queue.join()
        self.say("joined")

    async def do_shutdown(self, tag, delay, number):
        if number < 2:
            self.queue.shutdown(immediate=number == 1)

    async def do_notify(self, tag, delay, number):
        async with self.condition:
            self.condition.notify(1 + number % 2)

    async def do_notify_all(self, tag, delay, number):
        async with self.condition:
            self.condition.notify_all()

    async def do_future_set(self, tag, delay, number):
        if not self.futures[number].done():
            self.futures[number].set_result(tag)

    async def do_future_fail(self, tag, delay, number):
        if not self.futures[number].done():
            self.futures[number].set_exception(Bang(tag))

    async def do_future_cancel(self, tag, delay, number):
        self.say(self.futures[number].cancel(f"message {tag}"))

    async def do_future_wait(self, tag, delay, number):
        self.say("future", await self.futures[number], tag)

    async def do_future_callback(self, tag, delay, number):
        self.futures[number].add_done_callback(lambda _: self.call_back("future", tag))

    async def do_remove_callback(self, tag, delay, number):
        def never(_):
            self.call_back("never", tag)

        self.futures[number].add_done_callback(never)
        self.futures[number].add_done_callback(never)
        self.say(self.futures[number].remove_done_callback(never))

    async def do_cancel(self, tag, delay, number):
        if task := self.child(number):
            self.say("cancel", task.cancel())

    async def do_cancel_with_message(self, tag, delay, number):
        if task := self.child(number):
            self.say("cancel", task.cancel(f"message {tag}"), task.cancelling())

    async def do_cancel_self(self, tag, delay, number):
        if number < 4:
            asyncio.current_task().cancel(f"self {tag}")

    async def do_uncancel(self, tag, delay, number):
        task = asyncio.current_task()
        self.say("uncancel", task.cancelling(), task.uncancel())

    async def do_exception(self, tag, delay, number):
        if task := self.child(number):
            try:
                self.say("exception", repr(task.exception()))
            except (asyncio.InvalidStateError, asyncio.CancelledError) as error:
                self.say("exception", words_of(error))

    async def do_done_callback(self, tag, delay, number):
        asyncio.current_task().add_done_callback(lambda _: self.call_back("task", tag))

    async def do_await_child(self, tag, delay, number):
        task = self.child(number)
        # A later one: tasks that await each other in a circle are canceled in a circle, by asyncio itself.
        if task is not None and hash(task) > hash(asyncio.current_task()):
            self.say("child", await task)

    async def do_barrier(self, tag, delay, number):
        self.say("barrier", await self.barrier.wait(), self.barrier.n_waiting)

    async def do_barrier_end(self, tag, delay, number):
        if number < 3:
            await self.barrier.abort()
        elif number < 6:
            await self.barrier.reset()

    async def do_acquire(self, tag, delay, number):
        await self.semaphore.acquire()
        self.say("acquired", tag)

    async def do_release(self, tag, delay, number):
        self.semaphore.release()

    async def do_half_generator(self, tag, delay, number):
        generator = self.generator([], tag)
        self.say(await anext(generator))
        if number < 3:
            await generator.aclose()
        elif number < 6:
            del generator
            await asyncio.sleep(0)

    async def do_timeout_now(self, tag, delay, number):
        async with asyncio.timeout(None) as timeout:
            timeout.reschedule(self.loop.time() + delay)
            self.say(timeout.expired())
            await asyncio.sleep(0)
            self.say(timeout.expired())
            await asyncio.sleep(0)

    async def do_fail(self, tag, delay, number):
        if number < 3:
            raise Bang(tag)

    # -- operations with a body: tag, body, share

    async def do_catch(self, tag, body, share):
        try:
            await self.do(body)
        except asyncio.CancelledError as error:
            self.say("cancelled", tag, words_of(error))
            if share < 0.6:
                raise
        except Exception as error:
            self.say("caught", tag, words_of(error))

    async def do_finish(self, tag, body, share):
        try:
            await self.do(body)
        finally:
            self.say("finally", tag)
            await asyncio.sleep(0)
            self.say("finally again", tag)

    async def do_suppress_cancel(self, tag, body, share):
        with contextlib.suppress(asyncio.CancelledError):
            await self.do(body)

    async def do_shield(self, tag, body, share):
        shielded = self.spawn(body, tag) if share < 0.5 else self.task(body, tag)
        self.say("shielded", await asyncio.shield(shielded))

    async def do_spawn(self, tag, body, share):
        self.spawn(body, tag)

    async def do_spawn_eager(self, tag, body, share):
        self.spawn(body, tag, eager_start=True)
        self.say("spawned", tag)

    async def do_lock(self, tag, body, share):
        async with self.lock:
            self.say("locked", tag)
            await self.do(body)

    async def do_semaphore(self, tag, body, share):
        async with self.semaphore:
            self.say("in", tag)
            await self.do(body)

    async def do_condition(self, tag, body, share):
        async with self.condition:
            if share < 0.6:
                self.say("notified", await self.condition.wait())
            inner = ("notify", "notify_all", "condition", "wait_for_condition")  # would wait for itself
            await self.do([operation for operation in body if operation[0] not in inner])

    async def do_wait_for_condition(self, tag, body, share):
        asked = 0

        def ready():
            nonlocal asked
            asked += 1
            return asked > 1

        async with self.condition:
            await self.condition.wait_for(ready)
            self.say("condition", tag)

    async def do_async_generator(self, tag, body, share):
        async for value in self.generator(body, tag):
            self.say("value", value)

    async def do_left_generator(self, tag, body, share):
        async for value in self.generator(body, tag):
            self.say("value", value)
            if value == (1 if share < 0.5 else 2):
                break
        await asyncio.sleep(0)

    async def do_throw_into_generator(self, tag, body, share):
        generator = self.generator(body, tag)
        self.say(await anext(generator))
        try:
            self.say(await generator.athrow(Boom(tag)))
        except Boom as error:
            self.say("thrown", words_of(error))

    async def do_manager(self, tag, body, share):
        async with self.manager(body, tag) as value:
            self.say("in manager", value)

    async def do_exit_stack(self, tag, body, share):
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.manager([], tag))
            stack.push_async_callback(self.do, body)

    async def do_task_in_context(self, tag, body, share):
        context = contextvars.copy_context()
        task = self.spawn(body, tag, context=context)
        with contextlib.suppress(Boom, Bang):
            await task
        self.say("context of the child", context.get(VARIABLE))

    # -- operations with a body and times: tag, body, limit, other

    async def do_timeout(self, tag, body, limit, other):
        try:
            async with asyncio.timeout(limit) as timeout:
                await self.do(body)
        except TimeoutError as error:
            self.say("timeout", tag, words_of(error), self.now())
        self.say("expired", timeout.expired())

    async def do_nested_timeout(self, tag, body, limit, other):
        try:
            async with asyncio.timeout(limit):
                try:
                    async with asyncio.timeout_at(self.loop.time() + other):
                        await self.do(body)
                except TimeoutError:
                    self.say("inner", tag, self.now())
                await asyncio.sleep(other)
        except TimeoutError:
            self.say("outer", tag, self.now())

    async def do_reschedule(self, tag, body, limit, other):
        try:
            async with asyncio.timeout(limit) as timeout:
                if other > 0:
                    timeout.reschedule(self.loop.time() + other)
                await self.do(body)
        except TimeoutError:
            self.say("timeout", tag, self.now())

    async def do_wait_for(self, tag, body, limit, other):
        try:
            self.say("waited for", await asyncio.wait_for(self.task(body, tag), limit))
        except TimeoutError:
            self.say("no longer", tag, self.now())

    # -- operations with bodies: tag, bodies, mode, limit

    async def do_gather(self, tag, bodies, mode, limit):
        work = [self.task(body, f"{tag}.{number}") for number, body in enumerate(bodies)]
        self.say("gathered", await asyncio.gather(*work))

    async def do_gather_all(self, tag, bodies, mode, limit):
        work = [self.task(body, f"{tag}.{number}") for number, body in enumerate(bodies)]
        self.say("gathered", [repr(one) for one in await asyncio.gather(*work, return_exceptions=True)])

    async def do_group(self, tag, bodies, mode, limit):
        try:
            async with asyncio.TaskGroup() as group:
                for number, body in enumerate(bodies):
                    name = f"{tag}.{number}"
                    self.children.append(group.create_task(self.task(body, name), name=f"t{name}"))
        except* (Boom, Bang) as error:
            self.say("group", tag, words_of(error))

    async def do_group_late(self, tag, bodies, mode, limit):
        try:
            async with asyncio.TaskGroup() as group:
                for number, body in enumerate(bodies):
                    group.create_task(self.task(body, f"{tag}.{number}"), name=f"t{tag}.{number}")
                    if number:
                        await self.do(body)
                    await asyncio.sleep(0)
        except BaseExceptionGroup as error:
            self.say("group", tag, words_of(error))

    async def do_wait(self, tag, bodies, mode, limit):
        done, pending = await asyncio.wait(
            self.spawn_all(bodies, tag), return_when=getattr(asyncio, mode), timeout=limit
        )
        names = [sorted(task.get_name() for task in some) for some in (done, pending)]
        self.say("waited", *names, self.now())

    async def do_wait_first(self, tag, bodies, mode, limit):
        done, pending = await asyncio.wait(self.spawn_all(bodies, tag), return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(pending, key=lambda task: task.get_name()):
            task.cancel()
        self.say("first", sorted(task.get_name() for task in done))

    async def do_as_completed(self, tag, bodies, mode, limit):
        try:
            for one in asyncio.as_completed(self.spawn_all(bodies, tag), timeout=limit):
                try:
                    self.say("completed", await one)
                except (Boom, Bang) as error:
                    self.say("completed", words_of(error))
        except TimeoutError:
            self.say("not all completed")

    async def do_as_completed_async(self, tag, bodies, mode, limit):
        tasks = self.spawn_all(bodies, tag)
        try:
            async for task in asyncio.as_completed(tasks, timeout=limit):
                try:
                    self.say("completed", task in tasks, await task)
                except (Boom, Bang) as error:
                    self.say("completed", words_of(error))
        except TimeoutError:
            self.say("not all completed")


EAGER: Any = None


def use_numbered_tasks() -> None:
    """Let asyncio make tasks that have the same order in each set."""
    global EAGER

    class Task(asyncio.Task):  # type: ignore[type-arg]
        pass

    asyncio.Task = asyncio.tasks.Task = number_tasks(Task)  # type: ignore[misc]
    EAGER = asyncio.create_eager_task_factory(Task)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without warnings, and without garbage that is collected in the middle."""
    gc.collect()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        gc.enable()


def until_the_end(log: list[str]) -> list[str]:
    """Return what a program told before it was over; what is left tells more when it is collected."""
    return log[: log.index(THE_END)] if THE_END in log else list(log)


AT = re.compile(r"@([0-9.]+)")


def same(log: list[str], other: list[str]) -> bool:
    """Return whether two logs say the same, at about the same times: a real loop wakes up late."""
    if [AT.sub("", line) for line in log] != [AT.sub("", line) for line in other]:
        return False
    times = ([float(found) for line in some for found in AT.findall(line)] for some in (log, other))
    return all(abs(one - two) < 0.001 for one, two in zip(*times, strict=True))


async def compare_in_page(first: int, count: int) -> dict[str, Any]:
    """Run programs on the page's loop and on CPython's turns, those of a virtual loop, both in the page.

    Returns what run_random_programs.py prints.
    """
    from overlap_page.event_loop import PageTask
    from overlap_trace.virtual_time import virtual

    number_tasks(PageTask)
    use_numbered_tasks()

    async def both(one: Program) -> list[list[str]]:
        logs: list[list[str]] = [[], []]
        with quiet():
            await asyncio.create_task(Run.start(one, logs[1]))
            with contextlib.suppress(RuntimeError):  # what is left when it ends waits for ever
                await virtual(Run.start(one, logs[0]))
        return [until_the_end(log) for log in logs]

    async def first_that_differs(program: Program, tries: Iterator[int]) -> Program | None:
        for one, _ in zip(smaller(program), tries, strict=False):
            expected, got = await both(one)
            if got != expected:
                return one
        return None

    lines, differ = 0, []
    for seed in range(first, first + count):
        one = program(seed, False)
        expected, got = await both(one)
        lines += len(expected)
        if got != expected:
            tries = iter(range(400))
            while (small := await first_that_differs(one, tries)) is not None:
                one = small
            differ.append([seed, False, "page", one, *await both(one)])
    return {"lines": lines, "differ": differ}


# -- smaller ones --------------------------------------------------------------------------------


def smaller(program: Program) -> Iterator[Program]:
    """Yield the programs that have one thing less."""

    def edited(change: Callable[[Any], object]) -> Program:
        changed = copy.deepcopy(program)
        change(changed)
        return changed

    if program["eager"]:
        yield edited(lambda one: one.update(eager=False))
    if len(program["tasks"]) > 1:
        for number in range(len(program["tasks"])):
            yield edited(lambda one, number=number: one["tasks"].pop(number))

    def bodies_in(holder: Any) -> Iterator[list[Any]]:
        for body in holder:
            yield body
            for operation in body:
                inner = operation[2]
                if isinstance(inner, list):
                    yield from bodies_in([inner] if operation[0] in WITH_BODY + WITH_TIME else inner)

    def body_at(one: Program, place: int) -> list[Any]:
        return next(body for number, body in enumerate(bodies_in(one["tasks"])) if number == place)

    for place, body in enumerate(bodies_in(program["tasks"])):
        for number, operation in enumerate(body):
            yield edited(lambda one, place=place, number=number: body_at(one, place).pop(number))
            inner = operation[2]
            if isinstance(inner, list):
                flat = inner if operation[0] in WITH_BODY + WITH_TIME else inner[0]

                def unwrap(one: Program, place: int = place, number: int = number, flat: Any = flat) -> None:
                    body_at(one, place)[number : number + 1] = copy.deepcopy(flat)

                yield edited(unwrap)


def smallest(program: Program, differs: Callable[[Program], bool], tries: int = 400) -> Program:
    """Return a small program that still differs."""
    found = True
    while found:
        found = False
        for one in smaller(program):
            tries -= 1
            if tries < 0:
                return program
            if differs(one):
                program, found = one, True
                break
    return program
