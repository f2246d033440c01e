"""Programs in virtual time: the clock, asyncio's primitives, endings, and what is refused."""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import linecache
import logging
import socket
import sys
import threading
import time

import pytest
from overlap_trace import trace, virtual_time
from overlap_trace.virtual_time import (
    Deadlock,
    TooManySteps,
    VirtualTimeError,
    hold,
    now,
    virtual,
    virtual_run,
)


def nested_run(main):
    """Run main the way a notebook cell does."""

    async def cell():
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            return await virtual(main)
        finally:
            assert asyncio.get_running_loop() is loop
            assert asyncio.current_task() is task
            await asyncio.sleep(0)  # the loop around goes on as before

    return asyncio.run(cell())


@pytest.fixture(params=[virtual_run, nested_run], ids=["script", "cell"])
def run(request):
    return request.param


# -- the clock ------------------------------------------------------------------------


def test_the_clock_starts_at_zero_and_shows_virtual_seconds(run):
    """Two hours of sleep take two virtual hours; they add up without rounding errors."""

    async def main():
        seen = [now(), asyncio.get_running_loop().time()]
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(7200))
        seen.append(now())
        for _ in range(3):
            await asyncio.sleep(0.1)
        return [*seen, now()]

    begin = time.perf_counter()
    assert run(main()) == [0.0, 0.0, 7200.0, 7200.3]
    assert time.perf_counter() - begin < 3600


def test_far_times_and_tiny_delays_end(run):
    """Where a nanosecond is less than the clock can tell, timers still fire."""

    async def main():
        await asyncio.sleep(1e12)
        await asyncio.sleep(1e-12)
        await asyncio.sleep(-5)
        return now()

    assert run(main()) == 1e12


def test_real_clocks_are_left_alone(run):
    """time.monotonic and perf_counter do not follow the virtual clock."""

    async def main():
        before = time.monotonic(), time.perf_counter()
        await asyncio.sleep(1e6)
        return time.monotonic() - before[0], time.perf_counter() - before[1]

    assert all(0 <= elapsed < 1e5 for elapsed in run(main()))


def test_hold_moves_the_clock_and_lets_nothing_run(run):
    """hold() stands for a computation: timers that are due meanwhile wait for their turn."""

    async def ticker(log):
        while True:
            await asyncio.sleep(1)
            log.append(now())

    async def main():
        log = []
        task = asyncio.create_task(ticker(log))
        await asyncio.sleep(1.5)
        hold(4)
        log.append(("held", now()))
        await asyncio.sleep(1.25)
        task.cancel()
        return log

    assert run(main()) == [1.0, ("held", 5.5), 5.5, 6.5]


def test_hold_refuses_what_is_no_duration():
    async def main(seconds):
        hold(seconds)

    for seconds in (-1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="number of seconds"):
            virtual_run(main(seconds))


def test_hold_outside_of_virtual_time_is_refused():
    async def main():
        hold(1)

    with pytest.raises(VirtualTimeError, match="inside virtual"):
        asyncio.run(main())


def test_many_cancelled_timers_do_not_pile_up():
    """A program with ten thousand timeouts that never strike keeps only a few of them."""

    async def main():
        loop = asyncio.get_running_loop()
        most = 0
        for _ in range(10_000):
            async with asyncio.timeout(1e6):
                await asyncio.sleep(0)
            most = max(most, len(loop._scheduled))
        return most

    assert virtual_run(main()) < 300


# -- asyncio's primitives -----------------------------------------------------------------


async def primitives():
    """A bit of everything, with the virtual time of each event."""
    log = []

    def note(*words):
        log.append((now(), *words))

    async def job(name, seconds):
        await asyncio.sleep(seconds)
        note(name)
        return name

    async with asyncio.TaskGroup() as group:
        group.create_task(job("a", 2))
        group.create_task(job("b", 1))
    note(await asyncio.gather(job("c", 2), job("d", 1)))
    for finished in asyncio.as_completed([job("e", 3), job("f", 1)]):
        note("completed", await finished)
    done, pending = await asyncio.wait(
        [asyncio.create_task(job("g", 1)), asyncio.create_task(job("h", 5))],
        return_when=asyncio.FIRST_COMPLETED,
    )
    note("wait", len(done), len(pending))
    for task in pending:
        task.cancel()
    try:
        async with asyncio.timeout(1.5):
            await asyncio.Event().wait()
    except TimeoutError:
        note("timeout")
    try:
        await asyncio.wait_for(job("i", 9), 2)
    except TimeoutError:
        note("wait_for")
    note(await asyncio.wait_for(job("j", 1), 2))

    queue = asyncio.Queue(maxsize=1)

    async def producer():
        for number in range(3):
            await queue.put(number)
            note("put", number)
        await queue.join()
        note("joined")

    async def consumer():
        for _ in range(3):
            await asyncio.sleep(1)
            note("got", await queue.get())
            queue.task_done()

    await asyncio.gather(producer(), consumer())

    lock, semaphore, barrier = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Barrier(2)
    condition, event = asyncio.Condition(), asyncio.Event()

    async def limited(name):
        async with semaphore:
            await asyncio.sleep(1)
            note("semaphore", name)
        async with lock:
            await asyncio.sleep(1)
            note("lock", name)

    await asyncio.gather(*map(limited, "xyz"))

    async def meet(seconds):
        await asyncio.sleep(seconds)
        await barrier.wait()
        note("barrier", seconds)
        async with condition:
            if seconds == 1:
                await condition.wait()
                note("notified")
        if seconds == 3:
            await asyncio.sleep(0.5)
            async with condition:
                condition.notify()
        if seconds == 3:
            event.set()
        await event.wait()

    await asyncio.gather(meet(1), meet(3))

    async def numbers():
        try:
            for number in range(3):
                yield number
                await asyncio.sleep(1)
        finally:
            await asyncio.sleep(1)
            note("generator closed")

    async for number in numbers():
        note("number", number)
    outer = asyncio.ensure_future(asyncio.shield(job("shielded", 2)))
    await asyncio.sleep(1)
    outer.cancel()
    await asyncio.wait([outer])
    note("outer cancelled", outer.cancelled())
    await asyncio.sleep(2)
    return log


EXPECTED = [
    (1, "b"), (2, "a"),
    (3, "d"), (4, "c"), (4, ["c", "d"]),
    (5, "f"), (5, "completed", "f"), (7, "e"), (7, "completed", "e"),
    (8, "g"), (8, "wait", 1, 1),
    (9.5, "timeout"), (11.5, "wait_for"), (12.5, "j"), (12.5, "j"),
    (12.5, "put", 0), (13.5, "got", 0), (13.5, "put", 1), (14.5, "got", 1), (14.5, "put", 2),
    (15.5, "got", 2), (15.5, "joined"),
    (16.5, "semaphore", "x"), (16.5, "semaphore", "y"), (17.5, "lock", "x"), (17.5, "semaphore", "z"),
    (18.5, "lock", "y"), (19.5, "lock", "z"),
    (22.5, "barrier", 3), (22.5, "barrier", 1), (23, "notified"),
    (23, "number", 0), (24, "number", 1), (25, "number", 2), (27, "generator closed"),
    (28, "outer cancelled", True), (29, "shielded"),
]  # fmt: skip


def test_primitives_keep_their_times(run):
    """TaskGroup, gather, wait, timeouts, queues, locks and the rest wait exactly as long as they say."""
    assert run(primitives()) == EXPECTED


def test_tasks_are_numbered_from_one_in_each_run(run):
    """Task names do not depend on what ran before, as in a script of its own."""

    async def name():
        return asyncio.current_task().get_name()

    async def main():
        return [
            await name(),
            *await asyncio.gather(name(), name()),
            await asyncio.create_task(name(), name="mine"),
        ]

    assert run(main()) == run(main()) == ["Task-1", "Task-2", "Task-3", "mine"]


def test_main_sees_the_context_around_it(run):
    variable = contextvars.ContextVar("variable")
    variable.set("outside")

    async def main():
        seen = variable.get()
        variable.set("inside")
        return seen

    assert run(main()) == "outside"
    assert variable.get() == "outside"


def test_a_generator_left_open_is_closed_at_the_end(run):
    kept, log = [], []

    async def numbers():
        try:
            yield 1
        finally:
            await asyncio.sleep(1)
            log.append("closed")

    async def main():
        kept.append(numbers())
        return await anext(kept[0])

    assert run(main()) == 1
    assert log == ["closed"]


def test_left_over_tasks_are_cancelled_at_the_end(run):
    """As with asyncio.run, and their cleaning up may take time."""
    log = []

    async def background():
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(5)
            log.append(now())

    async def main():
        kept.append(asyncio.create_task(background()))
        await asyncio.sleep(1)

    kept = []
    run(main())
    assert log == [6.0]
    assert kept[0].cancelled()


def test_the_loop_is_closed_afterwards(run):
    async def main():
        return asyncio.get_running_loop()

    assert run(main()).is_closed()


# -- exceptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_exceptions_come_out_unchanged(run, error):
    async def main():
        await asyncio.sleep(1)
        raise error

    with pytest.raises(type(error)) as caught:
        run(main())
    assert caught.value is error


def test_exception_groups_come_out_unchanged(run):
    async def fail(seconds):
        await asyncio.sleep(seconds)
        raise ValueError(seconds)

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(1))
            group.create_task(fail(1))

    with pytest.raises(ExceptionGroup) as caught:
        run(main())
    assert [error.args for error in caught.value.exceptions] == [(1,), (1,)]


def test_cancelling_main_from_inside_raises_cancelled_error(run):
    async def main():
        asyncio.current_task().cancel()
        await asyncio.sleep(1)

    with pytest.raises(asyncio.CancelledError):
        run(main())


def test_an_exception_that_nobody_looks_at_is_logged(run, caplog):
    """As in asyncio: the loop's exception handler hears of it."""

    async def fail():
        raise ValueError("lost")

    async def main():
        task = asyncio.create_task(fail())
        await asyncio.sleep(1)
        del task

    with caplog.at_level(logging.ERROR, "asyncio"):
        run(main())
    assert "Task exception was never retrieved" in caplog.text
    assert "lost" in caplog.text


def test_stopping_the_loop_by_hand_is_an_error(run):
    """As in asyncio."""

    async def main():
        asyncio.get_running_loop().stop()
        await asyncio.sleep(1)

    with pytest.raises(RuntimeError, match="stopped before Future completed"):
        run(main())


# -- inside a running loop --------------------------------------------------------------------


def test_cancelling_the_cell_cancels_main():
    """An endless program lets the loop around it run, and can be cancelled from there."""
    log = []

    async def main():
        try:
            while True:  # noqa: ASYNC110
                await asyncio.sleep(1)
        except asyncio.CancelledError:
            log.append("main")
            await asyncio.sleep(1)
            log.append("cleaned up")
            raise

    async def cell():
        await virtual(main())

    async def page():
        task = asyncio.create_task(cell())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel("stop")
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert caught.value.args == ("stop",)

    asyncio.run(page())
    assert log == ["main", "cleaned up"]


def test_a_main_that_swallows_cancellation_returns_its_result():
    async def main():
        try:
            while True:  # noqa: ASYNC110
                await asyncio.sleep(1)
        except asyncio.CancelledError:
            return "late"

    async def page():
        task = asyncio.create_task(virtual(main()))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        return await task

    assert asyncio.run(page()) == "late"


def test_it_works_from_a_callback_without_a_task():
    """A running loop need not have a current task: explore() and the stepper run there too."""
    from overlap_trace.stepper import record_steps

    async def main():
        await asyncio.sleep(1)
        return 1

    async def page():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(lambda: future.set_result(record_steps(main).data["ending"]["text"]))
        return await future

    assert asyncio.run(page()) == "main returned 1"


# -- what is refused ----------------------------------------------------------------------------


def test_nesting_is_refused(run):
    async def inner():
        pass

    async def main():
        await virtual(inner())

    with pytest.raises(VirtualTimeError, match="virtual time already"):
        run(main())


def test_virtual_run_in_a_running_loop_says_what_to_write():
    async def inner():
        pass

    async def main():
        virtual_run(inner())

    with pytest.raises(RuntimeError, match=r"await virtual\(main\(\)\)"):
        asyncio.run(main())


def test_a_function_instead_of_a_coroutine_is_explained(run):
    async def main():
        pass

    with pytest.raises(TypeError, match=r"\(main\(\)\), with parentheses"):
        run(main)
    with pytest.raises(TypeError, match="takes a coroutine, not 3"):
        run(3)


async def use_subprocess():
    await asyncio.create_subprocess_exec(sys.executable, "-c", "")


async def use_socket():
    one, other = socket.socketpair()
    try:
        await asyncio.get_running_loop().sock_recv(one, 1)
    finally:
        one.close()
        other.close()


async def use_reader():
    asyncio.get_running_loop().add_reader(0, print)


async def use_name():
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: asyncio.to_thread(print), "a thread"),
        (lambda: asyncio.open_connection("localhost", 1), "the network"),
        (lambda: asyncio.start_server(print, "localhost", 0), "the network"),
        (use_subprocess, "a subprocess"),
        (use_socket, "the network"),
        (use_name, "the network"),
        (use_reader, "files"),
    ],
)
def test_real_input_and_output_is_refused(run, make, what):
    """Each error says what virtual time lacks and how to run the program instead."""
    with pytest.raises(VirtualTimeError, match=what) as caught:
        run(make())
    assert "asyncio.run(main())" in str(caught.value)


def test_calls_from_other_threads_are_refused(run):
    errors = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(list)  # from its own thread: fine

        def other():
            try:
                loop.call_soon_threadsafe(print)
            except VirtualTimeError as error:
                errors.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    run(main())
    assert len(errors) == 1
    assert "real time" in errors[0]


# -- when it cannot go on ---------------------------------------------------------------------


async def wait_lock():
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()


async def wait_event():
    started = asyncio.Event()
    await started.wait()


async def wait_get():
    jobs = asyncio.Queue()
    await jobs.get()


async def wait_put():
    jobs = asyncio.Queue(1)
    await jobs.put(1)
    await jobs.put(2)


async def wait_join():
    jobs = asyncio.Queue()
    await jobs.put(1)
    await jobs.join()


async def wait_semaphore():
    slots = asyncio.Semaphore(0)
    async with slots:
        pass


async def wait_condition():
    changed = asyncio.Condition()
    async with changed:
        await changed.wait()


async def wait_barrier():
    gate = asyncio.Barrier(2)
    await gate.wait()


async def wait_future():
    answer = asyncio.get_running_loop().create_future()
    await answer


async def wait_wait_for():
    ready = asyncio.Event()
    await asyncio.wait_for(ready.wait(), None)


async def wait_forever():
    await asyncio.sleep(float("inf"))


class Fork:
    def __init__(self):
        self.lock = asyncio.Lock()


async def wait_list():
    forks = [asyncio.Lock(), asyncio.Lock()]
    await forks[1].acquire()
    await forks[1].acquire()


async def wait_attribute():
    fork = Fork()
    await fork.lock.acquire()
    await fork.lock.acquire()


@pytest.mark.parametrize(
    ("main", "wait"),
    [
        (wait_lock, "Lock.acquire of lock"),
        (wait_event, "Event.wait of started"),
        (wait_get, "Queue.get of jobs"),
        (wait_put, "Queue.put of jobs"),
        (wait_join, "Queue.join of jobs"),
        (wait_semaphore, "Semaphore.acquire of slots"),
        (wait_condition, "Condition.wait of changed"),
        (wait_barrier, "Barrier.wait of gate"),
        (wait_future, "a future of answer"),
        (wait_wait_for, "Event.wait of ready"),
        (wait_forever, "sleep of inf s"),
        (wait_list, "Lock.acquire of forks[1]"),
        (wait_attribute, "Lock.acquire of fork.lock"),
    ],
)
def test_a_deadlock_names_what_is_waited_for_and_where(run, main, wait):
    """The error gives the task, the primitive with the name the program has for it, and the line."""
    with pytest.raises(Deadlock) as caught:
        run(main())
    (waiting,) = caught.value.waiting
    assert (waiting.task, waiting.wait) == (main.__name__, wait)
    number, _, text = waiting.place.removeprefix("line ").partition(": ")
    assert linecache.getline(__file__, int(number)).strip() == text != ""
    assert f"{main.__name__} waits for {wait}, line {number}" in str(caught.value)


async def take(first, second):
    async with first:
        await asyncio.sleep(0.5)
        async with second:
            pass


def test_a_deadlock_by_lock_order_tells_the_locks_apart(run):
    """Both tasks call them first and second; the error uses main's names for them."""

    async def main():
        fork, spoon = asyncio.Lock(), asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            group.create_task(take(fork, spoon))
            group.create_task(take(spoon, fork), name="late")

    with pytest.raises(Deadlock) as caught:
        run(main())
    assert caught.value.time == 0.5
    assert [(w.task, w.wait) for w in caught.value.waiting] == [
        ("main", "TaskGroup of group"),
        ("take", "Lock.acquire of spoon"),
        ("late", "Lock.acquire of fork"),
    ]
    assert "no task can run and no timer is set" in str(caught.value)


def test_a_deadlock_names_awaited_tasks(run):
    async def stuck(number):
        await asyncio.Event().wait()

    async def main():
        one, two = asyncio.create_task(stuck(1)), asyncio.create_task(stuck(2))
        await one
        await two

    with pytest.raises(Deadlock) as caught:
        run(main())
    assert [(w.task, w.wait) for w in caught.value.waiting] == [
        ("main", "task stuck(1)"),
        ("stuck(1)", "Event.wait"),
        ("stuck(2)", "Event.wait"),
    ]


def test_finally_blocks_run_after_a_deadlock(run):
    log = []

    async def main():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            log.append("cleaned up")

    with pytest.raises(Deadlock):
        run(main())
    assert log == ["cleaned up"]


async def stubborn():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1)


async def deaf():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@pytest.mark.parametrize(("task", "error"), [(stubborn, TooManySteps), (deaf, Deadlock)])
def test_a_task_that_refuses_to_end_is_named(run, task, error):
    """asyncio.run would wait for it for ever."""
    kept = []

    async def main():
        kept.append(asyncio.create_task(task()))
        await asyncio.sleep(1)

    with pytest.raises(error, match=task.__name__) as caught:
        run(main())
    assert "cancelled" in str(caught.value)
    kept[0]._log_destroy_pending = False  # nothing can end this task: drop it quietly


# -- together with trace ----------------------------------------------------------------------


def test_a_trace_in_virtual_time_has_virtual_seconds(run):
    """The timeline of a traced run shows the waits to the microsecond, each time the same."""

    async def fetch(number):
        await asyncio.sleep(number)

    async def main():
        with trace(clock=now) as t:
            async with asyncio.TaskGroup() as group:
                group.create_task(fetch(1))
                group.create_task(fetch(2.5))
            hold(0.25)
        return t.timeline

    timeline = run(main())
    waits = {(s.lane, s.name, s.start, s.end) for s in timeline.spans if s.state == "waiting"}
    assert waits == {
        ("main", "TaskGroup", 0.0, 2.5),
        ("fetch(1)", "sleep", 0.0, 1.0),
        ("fetch(2.5)", "sleep", 0.0, 2.5),
    }
    assert [(s.lane, s.duration) for s in timeline.holds] == [("main", 0.25)]
    assert timeline == run(main())


def test_trace_takes_the_virtual_clock_by_itself():
    """Inside virtual time, trace() without a clock has virtual seconds and says so."""

    async def main():
        with trace() as t:
            await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(7200))
        return t.timeline

    timeline = virtual_run(main())
    assert timeline.duration == 7200
    assert timeline.virtual
    assert "3 tasks, 7200 s of virtual time." in str(timeline)
    assert timeline == virtual_run(main())  # and is the same each time


async def clean_up_slowly(door, done):
    """A task that needs several rounds of the loop after it was cancelled."""
    try:
        await door.wait()
    finally:
        for _ in range(5):
            await asyncio.sleep(0)
        done.append("cleaned up")


def test_a_deadlock_is_reported_although_others_clean_up_longer_than_main():
    """Cancelling main must not stop the loop in which the others clean up."""
    done = []

    async def main():
        door = asyncio.Event()
        task = asyncio.create_task(clean_up_slowly(door, done))
        await door.wait()
        await task

    async def page():
        await virtual(main())

    with pytest.raises(Deadlock):
        asyncio.run(page())
    assert done == ["cleaned up"]


def test_a_pause_in_the_very_round_in_which_main_ends(monkeypatch):
    """A slow garbage collection there is enough for one; what main leaves behind still ends cleanly."""
    monkeypatch.setattr(virtual_time, "SLICE_SECONDS", -1)  # every round ends with a pause
    done = []

    async def rows():
        try:
            yield 1
            yield 2
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            done.append("closed")

    async def main():
        door = asyncio.Event()
        left = asyncio.create_task(clean_up_slowly(door, done))
        unfinished = rows()
        first = await anext(unfinished)
        await asyncio.sleep(0)
        return first, left, unfinished

    async def page():
        return (await virtual(main()))[0]

    assert asyncio.run(page()) == 1
    assert done == ["cleaned up", "closed"]


# -- names of tasks -----------------------------------------------------------------------------

since_eager_tasks = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12"
)


@since_eager_tasks
def test_an_eager_task_has_one_name_from_its_first_line(run):
    """Its code runs within create_task(), and what it calls itself there stays."""

    async def eager(names, new_name=None):
        task = asyncio.current_task()
        names.append(task.get_name())
        if new_name:
            task.set_name(new_name)
        await asyncio.sleep(0)
        names.append(task.get_name())

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        unnamed, renamed = [], []
        await asyncio.gather(eager(unnamed), eager(renamed, "cat"))
        return unnamed, renamed

    for _ in range(2):  # and each run begins to count anew
        assert run(main()) == (["Task-2", "Task-2"], ["Task-3", "cat"])


def test_the_name_that_a_factory_gives_stays(run):
    def factory(loop, coro, **options):
        return asyncio.Task(coro, loop=loop, **{"name": "made by a factory", **options})

    async def main():
        asyncio.get_running_loop().set_task_factory(factory)
        task = asyncio.create_task(asyncio.sleep(1))
        await task
        return task.get_name()

    assert run(main()) == "made by a factory"


def test_a_factory_may_return_a_future(run):
    """It need not be a task, and asyncio does not look."""

    def factory(loop, coro, **options):
        coro.close()
        future = loop.create_future()
        loop.call_later(3, future.set_result, "a future")
        return future

    async def main():
        asyncio.get_running_loop().set_task_factory(factory)
        return await asyncio.get_running_loop().create_task(asyncio.sleep(1)), now()

    assert run(main()) == ("a future", 3.0)


# -- what never comes -----------------------------------------------------------------------------


def test_a_loop_that_keeps_the_clock_still_is_an_error(run, monkeypatch):
    """In real time it would end; here no timer comes due while some task can always run."""
    monkeypatch.setattr(virtual_time, "STANDSTILL_ROUNDS", 1_000)

    async def main():
        task = asyncio.create_task(asyncio.sleep(1), name="one second")
        while not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0)

    with pytest.raises(TooManySteps, match="stands still at 0 s") as caught:
        run(main())
    assert "await asyncio.sleep(0.01)" in str(caught.value)
    assert "main waits for sleep of 0 s, line" in str(caught.value)


def test_many_rounds_are_no_standstill_where_no_timer_waits_or_the_clock_moves(run, monkeypatch):
    monkeypatch.setattr(virtual_time, "STANDSTILL_ROUNDS", 1_000)

    async def main():
        for _ in range(2_500):
            await asyncio.sleep(0)
        timer = asyncio.get_running_loop().call_later(5, print)
        for _ in range(500):
            await asyncio.sleep(0)
        await asyncio.sleep(1)
        for _ in range(900):
            await asyncio.sleep(0)
        timer.cancel()
        return now()

    assert run(main()) == 1.0


def test_a_message_about_many_tasks_names_some_and_counts_the_others(run):
    """The error itself has all of them."""

    async def stuck(number):
        await asyncio.Event().wait()

    async def main():
        await asyncio.gather(*(stuck(number) for number in range(3_000)))

    with pytest.raises(Deadlock) as caught:
        run(main())
    lines = str(caught.value).splitlines()
    assert len(lines) < 30
    assert "  … and 2,981 more" in lines
    assert len(caught.value.waiting) == 3_001
    assert caught.value.waiting[-1].task == "stuck(2999)"


# -- what CPython's loop refuses ----------------------------------------------------------------------


def test_a_time_that_is_no_number_is_refused(run):
    async def main():
        asyncio.get_running_loop().call_at(float("nan"), print)

    with pytest.raises(ValueError, match="NaN"):
        run(main())


def test_an_executor_is_refused_when_it_is_given(run):
    """Not later, by a deadlock."""

    async def main():
        with concurrent.futures.ThreadPoolExecutor() as pool:
            asyncio.get_running_loop().set_default_executor(pool)

    with pytest.raises(VirtualTimeError, match="needs a thread"):
        run(main())


@pytest.mark.parametrize("method", ["call_soon", "call_later", "call_at"])
def test_in_debug_mode_a_coroutine_function_is_no_callback(run, method):
    async def main():
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        getattr(loop, method)(*([] if method == "call_soon" else [1]), stubborn)

    with pytest.raises(TypeError, match="coroutines cannot be used"):
        run(main())


def test_in_debug_mode_what_holds_the_loop_up_is_reported(run, caplog):
    async def main():
        asyncio.get_running_loop().set_debug(True)
        hold(0.05)
        await asyncio.sleep(0)
        hold(2)

    with caplog.at_level(logging.WARNING, logger="asyncio"):
        run(main())
    (said,) = [record.getMessage() for record in caplog.records]
    assert "Executing <Task" in said
    assert said.endswith("took 2.000 seconds")
