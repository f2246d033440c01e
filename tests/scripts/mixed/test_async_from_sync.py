import asyncio
import threading

import pytest


def test_handlers_get_their_pages_and_the_stuck_one_gives_up(run):
    """Four threads share the loop; at the end no thread is left."""
    assert run.lines == ["cat.jpg", "dog.jpg", "stuck: too late", "owl.jpg", "threads left: 0"]


def test_the_coroutine_of_a_late_call_is_cancelled(example):
    """It does not go on behind the caller's back."""
    cancelled = threading.Event()

    async def endless():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with example["LoopThread"]() as loop:
        with pytest.raises(TimeoutError):
            loop.call(endless(), timeout=0.01)
        assert cancelled.wait(30)


def test_a_call_from_the_loop_itself_is_refused(example):
    """It would wait for itself."""

    async def nothing():
        pass

    with example["LoopThread"]() as loop:

        async def inside():
            loop.call(nothing(), timeout=1)

        with pytest.raises(RuntimeError, match="use await"):
            loop.call(inside(), timeout=10)


def test_a_loop_that_cannot_start_says_why(example, monkeypatch):
    """No file descriptors, for instance: nobody waits for it."""

    def run(main):
        main.close()
        raise OSError("too many open files")

    monkeypatch.setattr(asyncio, "run", run)
    with pytest.raises(OSError, match="too many"):
        example["LoopThread"]().__enter__()
    assert threading.active_count() == 1 or "loop" not in [one.name for one in threading.enumerate()]


def test_nobody_waits_for_a_loop_that_has_ended(example):
    """A call that runs while the block is left ends with it, and a later one is refused."""
    begun, ended = threading.Event(), []

    async def endless():
        begun.set()
        await asyncio.Event().wait()

    def call():
        try:
            loop.call(endless(), timeout=200)
        except BaseException as error:
            ended.append(error)

    with example["LoopThread"]() as loop:
        caller = threading.Thread(target=call)
        caller.start()
        assert begun.wait(30)
    caller.join(30)
    assert not caller.is_alive()
    assert len(ended) == 1
    with pytest.raises(RuntimeError, match="has ended"):
        loop.call(asyncio.sleep(0), timeout=1)


def test_the_limit_is_one_although_the_loop_is_busy(example):
    """The caller goes on while the loop is still blocked."""
    go, blocked = threading.Event(), threading.Event()

    async def block():
        blocked.set()
        go.wait(100)

    with example["LoopThread"]() as loop:
        try:
            with pytest.raises(TimeoutError):
                loop.call(block(), timeout=0.05)
            assert blocked.wait(30)
            assert not go.is_set()
        finally:
            go.set()


def test_an_exit_in_one_call_does_not_end_the_loop(example):
    """The other calls go on."""

    async def leave():
        raise SystemExit(3)

    async def answer():
        return 42

    with example["LoopThread"]() as loop:
        with pytest.raises(RuntimeError, match="SystemExit"):
            loop.call(leave(), timeout=30)
        assert loop.call(answer(), timeout=30) == 42
