"""What trace() records, and that the traced program does not notice."""

import asyncio
import collections.abc
import contextlib
import contextvars
import gc
import inspect
import itertools
import sys
import time
import weakref

import pytest
from overlap_trace import asyncio_tracer, trace


def run(main):
    return asyncio.run(main())


def line_of(function, text):
    """The line number of the first line of the function that contains the text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def states(t, lane):
    return [span.state for span in t.timeline.lane(lane)]


def waits(t, lane):
    return [s.name for s in t.timeline.lane(lane) if s.state in ("waiting", "cancelled") and s.duration]


def steady():
    """A clock that goes on by a microsecond whenever it is read: no machine is too slow for it."""
    reading = itertools.count()
    return lambda: next(reading) / 1e6


class Clock:
    """A clock that stands still until it is told to go on."""

    now = 0.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


async def fetch(number, gate):
    await gate.wait()
    return number


async def nap(seconds=0):
    await asyncio.sleep(seconds)


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


# -- what is recorded ---------------------------------------------------------------


def test_a_task_runs_waits_and_runs():
    """A task has a lane: it waits for its first turn, runs, waits at a line, runs to its end."""

    async def main():
        gate = asyncio.Event()
        with trace(clock=steady()) as t:
            task = asyncio.create_task(fetch(3, gate))
            await asyncio.sleep(0)
            gate.set()
            assert await task == 3
        return t

    t = run(main)
    assert t.timeline.lanes == ("main", "fetch(3, …)")
    assert states(t, "fetch(3, …)") == ["waiting", "running", "waiting", "running"]
    assert waits(t, "fetch(3, …)") == ["its first turn", "Event.wait"]
    line = line_of(fetch, "gate.wait")
    assert t.timeline.lane("fetch(3, …)")[2].note == f"waiting for Event.wait, line {line}"
    assert t.timeline.lane("fetch(3, …)")[3].note == f"from line {line} to its end"


def test_spans_of_a_lane_follow_each_other():
    """Within a lane nothing overlaps and nothing is missing: each span begins where one ended."""

    async def main():
        with trace(clock=steady()) as t:
            await asyncio.gather(*(nap() for n in range(5)))
        return t

    t = run(main)
    for lane in t.timeline.lanes:
        spans = t.timeline.lane(lane)
        for before, after in itertools.pairwise(spans):
            assert after.start == before.end


def test_caller_is_a_lane_and_its_first_step_ends_when_it_waits():
    """The calling task's step before the first await is running, the wait after it is not."""
    clock = Clock()

    async def main():
        gate = asyncio.Event()
        with trace(clock=clock) as t:
            clock.advance(0.25)
            asyncio.get_running_loop().call_soon(clock.advance, 0.5)
            asyncio.get_running_loop().call_soon(gate.set)
            await gate.wait()
            clock.advance(0.125)
        return t

    first, wait, last = run(main).timeline.lane("main")
    assert (first.state, first.start, first.end) == ("running", 0, 0.25)
    assert (wait.state, wait.name, wait.end) == ("waiting", "Event.wait", 0.75)
    assert (last.state, last.start, last.end) == ("running", 0.75, 0.875)


def test_bare_wait_for_a_task_names_its_lane():
    """Waiting for a task, a gather or a group names it."""

    async def main():
        with trace() as t:
            task = asyncio.create_task(nap(), name="helper")
            await task
            await asyncio.gather(nap(), nap())
            async with asyncio.TaskGroup() as group:
                group.create_task(nap())
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, None)
            await future
        return t

    t = run(main)
    assert waits(t, "main") == ["helper", "gather", "TaskGroup", "a future"]
    assert t.timeline.lanes == ("main", "helper", "nap(0) #1", "nap(0) #2", "nap(0) #3")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: asyncio.wait_for(asyncio.Queue().get(), 0.01), "Queue.get"),
        (lambda: asyncio.wait([asyncio.ensure_future(nap(0.01))]), "wait"),
        (lambda: asyncio.to_thread(time.sleep, 0.01), "to_thread"),
        (lambda: asyncio.shield(asyncio.ensure_future(nap(0.01))), "a future"),
        (lambda: asyncio.start_server(lambda r, w: None, "localhost", 0), "start_server"),
    ],
)
def test_waits_have_the_names_the_reader_wrote(make, name):
    """The name is the public function that was awaited, not asyncio's inside."""

    async def main():
        async def waiter():
            try:
                result = await make()
                if name == "start_server":
                    result.close()
            except TimeoutError:
                pass

        with trace() as t:
            await waiter()
        return t

    t = run(main)
    if name == "Queue.get" and sys.version_info < (3, 12):
        name = "wait_for"  # 3.11 wraps the coroutine in a task of its own
    assert waits(t, "main")[0] == name


def test_each_kind_of_wait_is_told():
    """A lock, a semaphore, an event, a queue, a sleep, a task and what nobody knows."""

    async def main():
        lock, limit = asyncio.Lock(), asyncio.Semaphore(0)
        queue, event = asyncio.Queue(), asyncio.Event()
        reply = asyncio.get_running_loop().create_future()
        with trace() as t:
            await lock.acquire()
            async with asyncio.TaskGroup() as group:
                for wait in (lock.acquire(), limit.acquire(), queue.get(), event.wait()):
                    group.create_task(wait)
                other = group.create_task(waits_for(reply))
                await asyncio.sleep(0.001)
                lock.release()
                limit.release()
                queue.put_nowait(None)
                event.set()
                reply.set_result(None)
                await other
        return t

    async def waits_for(future):
        await future

    t = run(main)
    kinds = {span.name: span.kind for span in t.timeline.spans if span.state == "waiting"}
    assert kinds == {
        "Lock.acquire": "lock",
        "Semaphore.acquire": "semaphore",
        "Queue.get": "queue",
        "Event.wait": "event",
        "a future": "other",
        "sleep": "sleep",
        "its first turn": "turn",
        "waits_for": "task",
    }
    assert all(not span.kind for span in t.timeline.spans if span.state == "running")


def test_lock_semaphore_and_async_generator():
    """async with and async for are waits too, at the reader's line."""

    async def numbers(gate):
        await gate.wait()
        yield 1

    async def main():
        lock, gate = asyncio.Lock(), asyncio.Event()
        await lock.acquire()

        async def locked():
            async with lock:
                pass

        async def reader():
            async for _ in numbers(gate):
                pass

        with trace(clock=steady()) as t:
            tasks = [asyncio.create_task(locked()), asyncio.create_task(reader())]
            await asyncio.sleep(0)
            lock.release()
            gate.set()
            await asyncio.wait(tasks)
        return t, line_of(locked, "async with"), line_of(numbers, "gate.wait")

    t, lock_line, gate_line = run(main)
    assert t.timeline.lane("locked")[2].note == f"waiting for Lock.acquire, line {lock_line}"
    assert t.timeline.lane("reader")[2].note == f"waiting for Event.wait, line {gate_line}"


def test_a_step_that_holds_the_loop_is_a_hold():
    """Code that never awaits for more than 50 ms is one running span, and a hold."""
    clock = Clock()

    async def hog():
        clock.advance(0.08)

    async def brief():
        clock.advance(0.04)

    async def main():
        with trace(clock=clock) as t:
            await asyncio.gather(hog(), brief())
        return t

    t = run(main)
    (hold,) = t.timeline.holds
    assert (hold.lane, hold.duration) == ("hog", 0.08)
    assert "hog held the event loop for 80 ms" in " ".join(str(t).split())


def test_a_late_turn_is_said():
    """A task that was due while another step held the loop says how long it waited for its turn."""
    clock = Clock()

    async def main():
        gate = asyncio.Event()

        async def opener():
            gate.set()
            clock.advance(0.02)

        with trace(clock=clock) as t:
            task = asyncio.create_task(fetch(1, gate))
            await asyncio.sleep(0)
            await asyncio.create_task(opener())
            await task
        return t

    (wait,) = (s for s in run(main).timeline.lane("fetch(1, …)") if s.state == "waiting")
    assert wait.note.endswith("; then 20 ms for its turn")


def test_cancelled_wait_and_cancelled_task():
    """cancel() makes the wait cancelled, and the task ends with a mark of no length."""

    async def main():
        with trace(clock=steady()) as t:
            task = asyncio.create_task(nap(60))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return t

    t = run(main)
    assert states(t, "nap(60)") == ["waiting", "running", "cancelled", "running", "cancelled"]
    wait, end = (s for s in t.timeline.lane("nap(60)") if s.state == "cancelled")
    assert wait.note.endswith("; cancelled")
    assert "sleep" in wait.note
    assert end.duration == 0
    assert end.note == "ended cancelled"
    # The caller only waited for a task that was cancelled; nobody cancelled the caller.
    assert "cancelled" not in states(t, "main")


def test_slow_cleanup_after_cancellation_is_visible():
    """What a task does after CancelledError arrives is drawn as what it is."""

    async def careful():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.001)

    async def main():
        with trace() as t:
            task = asyncio.create_task(careful())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        return t

    assert states(run(main), "careful") == [
        "waiting", "running", "cancelled", "running", "waiting", "running", "cancelled",
    ]  # fmt: skip


def test_cancelled_before_the_first_step():
    """A task cancelled before it ran says so."""

    async def main():
        with trace(clock=steady()) as t:
            task = asyncio.create_task(nap())
            task.cancel()
            await asyncio.wait([task])
        return t

    spans = run(main).timeline.lane("nap(0)")
    assert spans[0].state == "cancelled"
    assert spans[0].note == "waiting for its first turn; cancelled before it started"
    assert spans[-1].note == "ended cancelled"


def test_timeout_cancels_the_wait_but_not_the_task():
    """asyncio.timeout() cuts one wait short; the task goes on and does not end cancelled."""

    async def patient():
        try:
            async with asyncio.timeout(0.005):
                await asyncio.sleep(60)
        except TimeoutError:
            await asyncio.sleep(0)
        return "went on"

    async def main():
        with trace() as t:
            assert await asyncio.create_task(patient()) == "went on"
        return t

    assert states(run(main), "patient") == [
        "waiting", "running", "cancelled", "running", "waiting", "running",
    ]  # fmt: skip


def test_what_a_library_cancels_for_itself_is_no_cancellation_of_the_readers():
    """Its code goes on inside the same call. If the reader's code sees the cancellation, it is drawn."""
    source = (
        "import asyncio\n"
        "async def connect():\n"
        "    try:\n"
        "        async with asyncio.timeout(0.005):\n"
        "            await asyncio.sleep(60)\n"
        "    except TimeoutError:\n"
        "        await asyncio.sleep(0.001)\n"
    )
    library = {}
    exec(compile(source, asyncio.__file__.replace("__init__", "connecting"), "exec"), library)

    async def retry():
        for _ in range(2):
            try:
                async with asyncio.timeout(0.005):
                    await asyncio.sleep(60)
            except TimeoutError:
                pass

    async def get():
        await library["connect"]()

    async def main():
        with trace() as t:
            await asyncio.gather(get(), retry())
        return t

    t = run(main)
    assert states(t, "get") == ["waiting", "running", "waiting", "running", "waiting", "running"]
    assert "cancelled inside the library" in str([span.note for span in t.timeline.lane("get")])
    assert states(t, "retry").count("cancelled") == 2
    assert "cancelled" not in str(t).partition("\n")[0]


def test_tasks_stand_below_the_task_that_made_them():
    """In the order of their making. The lane that was drawn is the one that is cancelled."""

    async def make(name):
        await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            for number in (1, 2):
                group.create_task(asyncio.sleep(0.001), name=f"{name}{number}")

    async def main():
        with trace() as t:
            tasks = [asyncio.create_task(make(name), name=name) for name in "ab"]
            drawn = t.snapshot().lanes
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert t.cancel(drawn.index("b")) == "b"
            await asyncio.wait(tasks)
        assert tasks[1].cancelled()
        return t

    lanes = run(main).timeline.lanes
    assert [lane for lane in lanes if not lane.startswith("b")] == ["main", "a", "a1", "a2"]
    assert lanes[:2] + lanes[-3:] == ("main", "a", "b", "b1", "b2")


def test_shielded_task_goes_on():
    """Cancelling the waiter of a shield cancels only the waiter's lane."""

    async def main():
        gate = asyncio.Event()

        async def waiter(inner):
            await asyncio.shield(inner)

        with trace() as t:
            inner = asyncio.create_task(fetch(1, gate), name="inner")
            outer = asyncio.create_task(waiter(inner), name="outer")
            await asyncio.sleep(0)
            outer.cancel()
            await asyncio.wait([outer])
            gate.set()
            assert await inner == 1
        return t

    t = run(main)
    assert "cancelled" in states(t, "outer")
    assert "cancelled" not in states(t, "inner")


def test_failure_names_the_error_and_the_line():
    """A task that fails ends with a failed mark: type, message, line."""

    async def broken():
        await asyncio.sleep(0)
        raise ValueError("no such city")

    async def main():
        with trace(clock=steady()) as t:
            with pytest.raises(ValueError, match="no such city"):
                await asyncio.create_task(broken())
        return t, line_of(broken, "raise")

    t, line = run(main)
    end = t.timeline.lane("broken")[-1]
    assert (end.state, end.name, end.duration) == ("failed", "ValueError", 0)
    assert end.note == f"ValueError: no such city, line {line}"
    assert "failed" not in states(t, "main")


def test_group_failure_marks_everyone_as_it_happened():
    """In a TaskGroup one failure fails one lane and cancels the sibling's wait."""

    async def broken():
        raise KeyError("x")

    async def main():
        with trace() as t:
            with pytest.raises(ExceptionGroup):  # noqa: PT012
                async with asyncio.TaskGroup() as group:
                    group.create_task(broken())
                    group.create_task(nap(60))
        return t

    t = run(main)
    assert states(t, "broken")[-1] == "failed"
    assert states(t, "nap(60)")[-1] == "cancelled"


def test_tasks_alive_before_and_after():
    """A task that ran already has a lane from zero; one that goes on is left waiting."""

    async def main():
        gate = asyncio.Event()
        old = asyncio.create_task(fetch(1, gate), name="old")
        await asyncio.sleep(0)
        unborn = asyncio.create_task(fetch(2, gate), name="due")
        with trace(clock=steady()) as t:
            await asyncio.sleep(0.001)
        gate.set()
        await asyncio.wait([old, unborn])
        return t

    t = run(main)
    (wait,) = t.timeline.lane("old")
    assert (wait.start, wait.end, wait.state) == (0, t.timeline.duration, "waiting")
    assert "Event.wait" in wait.note
    assert "not done when the trace ended" in wait.note
    # Its first step was due when the trace began, and is seen.
    assert states(t, "due") == ["waiting", "running", "waiting"]


def test_body_that_fails_marks_the_caller():
    """An exception that leaves the with block is the caller's end mark, and still leaves it."""
    kept = []

    async def main():
        with trace() as t:
            kept.append(t)
            await asyncio.sleep(0)
            raise ZeroDivisionError("oops")

    with pytest.raises(ZeroDivisionError, match="oops"):
        run(main)
    assert kept[0].timeline.lane("main")[-1].name == "ZeroDivisionError"


def test_lost_task_is_shown_as_lost():
    """A pending task that nobody refers to is collected, and the lane says why."""

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)

        async def forgotten():
            # Only this coroutine knows the future, and only the task knows the coroutine.
            await loop.create_future()

        with trace() as t:
            asyncio.create_task(forgotten())  # noqa: RUF006
            await asyncio.sleep(0)
            gc.collect()
        return t

    end = run(main).timeline.lane("forgotten")[-1]
    assert (end.state, end.name) == ("failed", "lost")
    assert "nothing kept a reference" in end.note


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in 3.12")
def test_eager_tasks_are_drawn_from_their_creation():
    """A task that runs inside create_task() has its first step and its end."""

    async def instant():
        return 1

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        with trace() as t:
            done = asyncio.create_task(instant())
            later = asyncio.create_task(nap(0.001))
            spinning = asyncio.create_task(nap(0))
            assert await done == 1
            await later
            await spinning
        return t

    t = run(main)
    assert states(t, "instant") == ["running"]
    assert states(t, "nap(0.001)") == ["running", "waiting", "running"]
    assert states(t, "nap(0)") == ["running", "waiting", "running"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in 3.12")
def test_eager_tasks_leave_a_gap_in_the_bar_of_their_maker():
    """One thread runs one thing at a time: no two bars of running code overlap, however deep tasks start."""

    async def leaf():
        return 1

    async def child():
        await asyncio.create_task(leaf())
        await asyncio.sleep(0)
        return [asyncio.create_task(leaf()) for _ in range(2)]

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        with trace(clock=steady()) as t:
            await asyncio.gather(child(), child())
            asyncio.create_task(child())  # noqa: RUF006
            await asyncio.sleep(0.001)
        return t

    t = run(main)
    running = sorted((s.start, s.end, s.lane) for s in t.timeline.spans if s.state == "running")
    assert len({lane for *_, lane in running}) == 13
    for (_, end, _), (start, _, _) in itertools.pairwise(running):
        assert end <= start
    assert not t.timeline.remark


@pytest.mark.parametrize("eager", [False, True])
def test_tasks_without_a_usual_coroutine_are_drawn_without_doubt(eager):
    """An abandoned asynchronous generator is closed by a task; a coroutine may be an object of one's own."""
    if eager and sys.version_info < (3, 12):
        pytest.skip("eager tasks are new in 3.12")

    async def numbers():
        for number in range(3):
            try:
                yield number
            finally:
                await asyncio.sleep(0)

    class Odd(collections.abc.Coroutine):
        def __await__(self):
            return self

        def send(self, value):
            raise StopIteration

        def throw(self, *error):
            raise error[-1]

    async def main():
        loop = asyncio.get_running_loop()
        if eager:
            loop.set_task_factory(asyncio.eager_task_factory)
        with trace() as t:
            async for _ in numbers():
                break
            gc.collect()
            await asyncio.gather(Odd(), asyncio.create_task(Odd()))
            await nap()
        return t

    t = run(main)
    assert not t.timeline.remark
    assert {"coroutine #1", "coroutine #2"} < set(t.timeline.lanes)


def test_what_ran_before_the_trace_was_not_cancelled_before_it_started():
    """Neither the task that opens the trace nor one that waited already."""

    async def wait():
        await asyncio.sleep(60)

    async def main():
        other = asyncio.create_task(wait())
        await asyncio.sleep(0)
        with trace() as t:
            other.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.001):
                    await asyncio.sleep(60)
        return t

    t = run(main)
    cut = {s.lane: s.note for s in t.timeline.spans if s.state == "cancelled" and s.duration}
    assert cut.keys() == {"main", "wait"}
    assert not any("before it started" in note for note in cut.values())


@pytest.mark.parametrize("task_type", [asyncio.Task, asyncio.tasks._PyTask])
def test_an_exception_that_nobody_fetches_is_reported_as_early_as_without_a_trace(task_type):
    """The tracer keeps no frame that keeps the task."""

    async def broken():
        await asyncio.sleep(0)
        raise ValueError

    async def main(traced):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coro, **options: task_type(coro, loop=loop, **options))
        told = []
        loop.set_exception_handler(lambda loop, context: told.append(context["message"]))
        gc.disable()
        try:
            with trace() if traced else contextlib.nullcontext():
                for _ in range(3):
                    asyncio.create_task(broken())  # noqa: RUF006
                await asyncio.sleep(0.001)
                await asyncio.sleep(0)
                return list(told)
        finally:
            gc.enable()

    without = asyncio.run(main(False))
    assert asyncio.run(main(True)) == without
    assert len(without) == 3


def test_creating_tasks_makes_no_labels_in_the_running_step(monkeypatch):
    """They are made when the tasks start, once for each."""
    labels = []

    def counting(coro):
        labels.append(coro)
        return call_label(coro)

    call_label = asyncio_tracer.call_label
    monkeypatch.setattr(asyncio_tracer, "call_label", counting)

    async def main():
        with trace() as t:
            tasks = [asyncio.create_task(nap(0.0001 * number)) for number in range(3)]
            in_step = len(labels)
            await asyncio.gather(*tasks)
        return in_step, t

    in_step, t = run(main)
    assert in_step == 0
    assert len(labels) == 3
    assert t.timeline.lanes == ("main", "nap(0.0)", "nap(0.0001)", "nap(0.0002)")


def test_async_with_does_the_same():
    """async with trace() is the same trace, named after the same caller."""

    async def main():
        async with trace("Mine") as t:
            await asyncio.sleep(0)
        return t

    t = run(main)
    assert t.timeline.title == "Mine"
    assert t.timeline.lanes == ("main",)


def test_virtual_clock():
    """clock= replaces the time source: a deterministic clock gives deterministic spans."""

    def once():
        async def main():
            ticks = iter(range(1000))
            with trace(clock=lambda: next(ticks)) as t:
                await asyncio.gather(nap(), nap())
            return t.timeline.to_dict()

        return asyncio.run(main())

    assert once() == once()


def test_recording_is_bounded(monkeypatch):
    """Past the limit the trace stops recording, goes on working, and says what is missing."""
    monkeypatch.setattr(asyncio_tracer, "MAX_SPANS", 50)

    async def spinner():
        for _ in range(200):
            await asyncio.sleep(0)
        return "done"

    async def main():
        with trace() as t:
            assert await spinner() == "done"
        return t

    t = run(main)
    assert len(t.timeline.spans) == 50
    assert "Recording stopped after 50 spans" in str(t)


def test_labels_are_honest():
    """Arguments are shown only when short and plain; names the reader gave win."""

    class Session:
        async def get(self, url, retries=2):
            await asyncio.sleep(0)

    async def job(session, number, *, fast=True):
        await asyncio.sleep(0)

    async def main():
        session = Session()
        with trace() as t:
            await asyncio.gather(
                session.get("a.html"),
                session.get("x" * 40),
                job(session, 7),
                job(session, session, fast=None),
                asyncio.create_task(nap(), name="by hand"),
            )
        return t

    lanes = run(main).timeline.lanes[1:]
    assert set(lanes) == {
        "Session.get('a.html', 2)",
        "Session.get(…, 2)",
        "job(…, 7, True)",
        "job",
        "by hand",
    }


# -- the program does not notice ----------------------------------------------------


def test_loop_is_restored():
    """After the block, also after an error, the loop has its own methods back."""

    async def main():
        loop = asyncio.get_running_loop()
        before = dict(vars(loop))
        factory = loop.get_task_factory()
        with trace():
            assert "call_soon" in vars(loop)
            await nap()
        assert vars(loop).keys() == before.keys()
        with pytest.raises(RuntimeError):
            with trace():
                raise RuntimeError
        assert vars(loop).keys() == before.keys()
        assert loop.get_task_factory() is factory
        assert loop.call_soon.__func__ is type(loop).call_soon

    run(main)


def test_a_loop_that_was_changed_before_gets_its_change_back():
    """trace() puts back what was there: also somebody else's call_soon."""

    async def main():
        loop = asyncio.get_running_loop()
        inner, calls = loop.call_soon, []

        def counting(*args, **kwargs):
            calls.append(args)
            return inner(*args, **kwargs)

        loop.call_soon = counting
        with trace():
            await nap()
        assert loop.call_soon is counting
        assert calls
        del loop.call_soon

    run(main)


def test_nested_and_interleaved_traces():
    """Two traces at once both record; ending them in any order leaves the loop clean."""

    async def main():
        loop = asyncio.get_running_loop()
        one, two = trace("one"), trace("two")
        one.__enter__()
        two.__enter__()
        await asyncio.create_task(nap(), name="both")
        one.__exit__(None, None, None)
        await asyncio.create_task(nap(), name="second")
        two.__exit__(None, None, None)
        assert await asyncio.create_task(nap(), name="none") is None
        return one, two, loop

    one, two, _loop = run(main)
    assert one.timeline.lanes == ("main", "both")
    assert two.timeline.lanes == ("main", "both", "second")
    assert states(one, "both") == states(two, "both") == ["waiting", "running"] * 2


@pytest.mark.parametrize("inner_first", [True, False])
def test_overlapping_traces_leave_the_loop_as_it_was(inner_first):
    """Also when the trace that began first ends first."""

    async def main():
        loop = asyncio.get_running_loop()
        before = dict(vars(loop))
        traces = [trace(str(number)) for number in range(3)]
        for t in traces:
            t.__enter__()
            await nap()
        for t in reversed(traces) if inner_first else traces:
            t.__exit__(None, None, None)
            await nap()
        assert vars(loop).keys() == before.keys()
        assert loop.call_soon.__func__ is type(loop).call_soon

    run(main)


def test_many_concurrent_traced_requests():
    """Each is drawn, none is lost, and the calls of a step do not grow with the number of traces."""
    depths = []

    async def work():
        await asyncio.sleep(0)
        frame, depth = sys._getframe(), 0
        while frame is not None:
            frame, depth = frame.f_back, depth + 1
        depths.append(depth)

    async def request(number):
        with trace() as t:
            for _ in range(number % 3):
                await asyncio.sleep(0)
            await asyncio.create_task(work(), name=f"work {number}")
        return number, t

    async def main():
        loop = asyncio.get_running_loop()
        before = dict(vars(loop))
        for number, t in await asyncio.gather(*map(request, range(60))):
            assert f"work {number}" in t.timeline.lanes
            assert not t.timeline.remark
        assert vars(loop).keys() == before.keys()

    run(main)
    assert len(depths) == 60
    assert max(depths) - min(depths) < 5


def test_results_exceptions_names_and_objects_are_the_same():
    """Results, exception objects, names, coroutine objects and types are what they are untraced."""
    error = ValueError("mine")

    async def broken():
        await asyncio.sleep(0)
        raise error

    async def main():
        with trace():
            coro = nap()
            task = asyncio.create_task(coro)
            assert task.get_coro() is coro
            assert type(task) is asyncio.Task
            assert inspect.iscoroutine(coro)
            assert inspect.getcoroutinestate(coro) == "CORO_CREATED"
            assert coro.__qualname__ == "nap"
            assert "nap()" in repr(task)
            assert task.get_name().startswith("Task-")
            named = asyncio.create_task(fetch(5, asyncio.Event()), name="five")
            assert named.get_name() == "five"
            await task
            named.cancel("why")
            with pytest.raises(asyncio.CancelledError) as caught:
                await named
            assert caught.value.args == ("why",)
            failing = asyncio.create_task(broken())
            await asyncio.wait([failing])
            assert failing.exception() is error
            names = [f.f_code.co_name for f in _frames(error.__traceback__)]
        assert names == ["broken"]

    def _frames(tb):
        while tb:
            yield tb.tb_frame
            tb = tb.tb_next

    run(main)


def test_cancellation_counts_are_the_same():
    """cancel(), uncancel() and cancelling() count as without a trace."""

    async def stubborn(log):
        for _ in range(2):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                log.append(asyncio.current_task().cancelling())
        log.append(asyncio.current_task().uncancel())
        await asyncio.sleep(0)

    async def program():
        log = []
        task = asyncio.create_task(stubborn(log))
        for _ in range(2):
            await asyncio.sleep(0)
            log.append(task.cancel())
        await task
        log.append(task.cancelling())
        return log

    async def traced():
        with trace():
            return await program()

    assert run(traced) == run(program)


def test_context_variables_are_the_same():
    """Each task keeps its own context, also the one it was given."""
    var = contextvars.ContextVar("var", default=0)

    async def child(log):
        log.append(var.get())
        var.set(99)
        await asyncio.sleep(0)
        log.append(var.get())

    async def main():
        log = []
        context = contextvars.copy_context()
        context.run(var.set, 7)
        var.set(1)
        with trace():
            await asyncio.create_task(child(log))
            await asyncio.create_task(child(log), context=context)
        assert log == [1, 99, 7, 99]
        assert var.get() == 1
        assert context[var] == 99

    run(main)


def test_order_of_steps_is_the_same():
    """Tasks take turns in the same order with and without a trace."""

    async def worker(name, log):
        for number in range(3):
            log.append((name, number))
            await asyncio.sleep(0)

    async def program():
        log = []
        asyncio.get_running_loop().call_soon(log.append, "callback")
        await asyncio.gather(*(worker(name, log) for name in "abc"))
        return log

    async def traced():
        with trace():
            return await program()

    assert run(traced) == run(program)


def test_trace_keeps_nothing_alive():
    """Finished tasks, their coroutines, arguments and results are freed as without a trace."""

    class Thing:
        pass

    async def user(thing):
        await asyncio.sleep(0)
        return Thing()

    async def main():
        thing = Thing()
        with trace() as t:
            task = asyncio.create_task(user(thing))
            gone = [weakref.ref(thing), weakref.ref(task), weakref.ref(task.get_coro())]
            del thing
            result = weakref.ref(await task)
            del task
            await asyncio.sleep(0)  # the loop itself keeps a task until its turn is over
            gc.collect()
            assert [ref() for ref in gone] == [None] * 3
            assert result() is None
        return t

    assert run(main).timeline.lanes == ("main", "user")


def test_argument_can_be_freed_inside_the_task():
    """Reading arguments for the label leaves no copy behind: del frees the last reference."""

    class Thing:
        pass

    async def user(things, number):
        ref = weakref.ref(things.pop())
        thing = None
        await asyncio.sleep(0)
        return ref() is None and thing is None

    async def owner(thing, number):
        ref = weakref.ref(thing)
        del thing
        gc.collect()
        return ref() is None

    async def main():
        with trace() as t:
            assert await asyncio.create_task(user([Thing()], 1))
            assert await asyncio.create_task(owner(Thing(), 1))
        return t

    assert run(main).timeline.lanes[1:] == ("user(…, 1)", "owner(…, 1)")


def test_unretrieved_exceptions_are_still_reported():
    """Looking at a failed task does not count as retrieving its exception."""
    reports = []

    async def broken():
        raise ValueError("nobody looks")

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
        with trace() as t:
            asyncio.create_task(broken())  # noqa: RUF006
            await asyncio.sleep(0.001)
            gc.collect()
        return t

    t = run(main)
    assert [report["message"] for report in reports] == ["Task exception was never retrieved"]
    assert states(t, "broken")[-1] == "failed"


def test_scheduled_methods_of_a_task_are_not_steps():
    """loop.call_soon(task.cancel) cancels, and is not drawn as a step."""

    async def main():
        with trace() as t:
            task = asyncio.create_task(nap(60))
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(task.cancel)
            await asyncio.wait([task])
        return t

    assert states(run(main), "nap(60)").count("running") == 2


def test_python_tasks_work_too():
    """Tasks implemented in Python (a debugger's or an alternative loop's) are traced as well."""

    async def main():
        with trace() as t:
            task = asyncio.tasks._PyTask(nap(), loop=asyncio.get_running_loop(), name="py")
            await task
        return t

    assert states(run(main), "py") == ["waiting", "running", "waiting", "running"]


def test_debug_mode_still_names_the_slow_task(caplog):
    """asyncio's own warning about a slow step still says which task it was."""

    async def hog():
        spin(0.12)

    async def main():
        with trace():
            await asyncio.create_task(hog(), name="the hog")

    asyncio.run(main(), debug=True)
    assert any("the hog" in r.getMessage() and "took" in r.getMessage() for r in caplog.records)


def test_a_defect_of_the_tracer_does_not_break_the_program(monkeypatch):
    """If the tracer itself fails, tasks run on and the picture admits it."""

    def explode(*_):
        raise LookupError("tracer defect")

    async def main():
        with trace() as t:
            task = asyncio.create_task(nap(), name="victim")
            monkeypatch.setattr(t, "_look", explode)
            await task
            assert await asyncio.gather(nap()) == [None]
        return t

    t = run(main)
    monkeypatch.undo()
    assert "may be incomplete" in t.timeline.remark
    assert "tracer defect" in t.timeline.remark


def test_misuse_is_explained():
    """Outside a loop, twice, or too early: the message says what to do."""
    with pytest.raises(RuntimeError, match="use it inside a coroutine"):
        with trace():
            pass

    async def main():
        t = trace()
        assert repr(t) == "<trace: not started>"
        with pytest.raises(RuntimeError, match="after the with block"):
            t.timeline  # noqa: B018
        with t:
            assert repr(t) == str(t) == "<trace: recording>"
        with pytest.raises(RuntimeError, match="used already"):
            t.__enter__()

    run(main)


# -- how it shows itself ------------------------------------------------------------


def test_notebook_and_terminal_forms():
    """Jupyter gets HTML and text; print() gets the text."""

    async def main():
        with trace("Shown") as t:
            await nap()
        return t

    t = run(main)
    bundle = t._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].startswith("<figure data-timeline")
    assert t._repr_html_().count("<svg") == 1
    assert str(t) == bundle["text/plain"]
    assert str(t).startswith("Shown\n")
    assert repr(t).startswith("<trace: <Timeline 'Shown': lanes 1")


# -- while it records -----------------------------------------------------------------


def test_a_snapshot_does_not_change_what_is_recorded():
    """However often one looks, the spans at the end are those of a run that nobody looked at."""

    async def main(looks):
        gate = asyncio.Event()
        with trace(clock=Clock()) as t:
            first, second = (asyncio.create_task(fetch(n, gate), name=f"task {n}") for n in (1, 2))
            await asyncio.sleep(0)
            for _ in range(looks):
                shown = t.snapshot()
                assert t.living() == [0, 1, 2]
                assert shown.lanes == ("main", "task 1", "task 2")
            gate.set()
            await asyncio.gather(first, second)
        assert t.snapshot() is t.timeline
        return t.timeline

    assert asyncio.run(main(0)).spans == asyncio.run(main(3)).spans


def test_cancel_by_lane():
    """The task of a lane is cancelled, once; the name says which it was."""

    async def main():
        gate = asyncio.Event()
        with trace() as t:
            tasks = [asyncio.create_task(fetch(n, gate)) for n in (1, 2)]
            await asyncio.sleep(0)
            assert t.cancel(2) == "fetch(2, …)"
            await asyncio.wait([tasks[1]])
            assert t.cancel(2) is None
            assert t.cancel(99) is None
            gate.set()
            assert await tasks[0] == 1
        assert t.living() == []

    asyncio.run(main())
