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
        assert cancelled.is_set()


def test_a_call_from_the_loop_itself_is_refused(example):
    """It would wait for itself."""

    async def nothing():
        pass

    with example["LoopThread"]() as loop:

        async def inside():
            loop.call(nothing(), timeout=1)

        with pytest.raises(RuntimeError, match="use await"):
            loop.call(inside(), timeout=10)
