# /// script
# requires-python = ">=3.11"
# ///
"""Test timeouts, retries and cancellation in no time: a fake clock.

Run it: python fake_clock_tests.py
"""
# [clock]
import asyncio
import unittest
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class FakeClock(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting.

    RuntimeError if nothing can wake the test any more. For coroutines
    only: threads, sockets and processes live in real time.
    """

    _selector: Any  # asyncio's own; no public name for it
    _clock_resolution: float  # timers so close end together

    def __init__(self) -> None:
        super().__init__()
        self._clock_resolution = 1e-6  # enough for years of float
        self._clock = 0.0
        self._really_select = self._selector.select
        self._selector.select = self._jump

    def time(self) -> float:
        return self._clock

    def _jump(self, timeout: float | None) -> list[Any]:
        ready: list[Any] = self._really_select(0)
        if not ready:
            if timeout is None:  # no timer is set
                raise RuntimeError("nothing can wake this test")
            self._clock += timeout
        return ready

    async def shutdown_default_executor(
        self, timeout: float | None = None
    ) -> None:
        self._selector.select = self._really_select
        await super().shutdown_default_executor()


def run_fake(test: Coroutine[Any, Any, Result]) -> Result:
    """Run a test on a fake clock that starts at 0."""
    with asyncio.Runner(loop_factory=FakeClock) as runner:
        return runner.run(test)


def now() -> float:
    """Seconds on the clock of the running loop."""
    return asyncio.get_running_loop().time()
# [/clock]


# [tests]
async def ask(server, tries=3, pause=60.0, limit=10.0):
    """The code under test: tries, pauses and a time limit."""
    for number in range(1, tries + 1):
        try:
            async with asyncio.timeout(limit):
                return await server(number)
        except (ConnectionError, TimeoutError):
            if number == tries:
                raise
        await asyncio.sleep(pause * number)


class AskTest(unittest.TestCase):
    def test_it_pauses_longer_and_longer(self):
        times = []

        async def busy_twice(number):
            times.append(now())
            if number < 3:
                raise ConnectionError("busy")
            return "photo"

        self.assertEqual(run_fake(ask(busy_twice)), "photo")
        self.assertEqual(times, [0, 60, 180])

    def test_each_try_has_its_limit(self):
        async def silent(number):
            await asyncio.Event().wait()

        async def scenario():
            with self.assertRaises(TimeoutError):
                await ask(silent)
            return now()

        # Three limits, and pauses of one and two minutes.
        self.assertEqual(run_fake(scenario()), 3 * 10 + 60 + 120)

    def test_cancellation_closes_the_connection(self):
        log = []

        async def open_then_wait(number):
            log.append("open")
            try:
                await asyncio.Event().wait()
            finally:
                log.append("closed")

        async def scenario():
            task = asyncio.create_task(ask(open_then_wait))
            await asyncio.sleep(1)  # virtual: the task waits now
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled()

        self.assertTrue(run_fake(scenario()))
        self.assertEqual(log, ["open", "closed"])

    def test_a_deadlock_is_an_error_and_no_hang(self):
        async def forever():
            await asyncio.Event().wait()

        with self.assertRaisesRegex(RuntimeError, "nothing can wake"):
            run_fake(forever())
# [/tests]


def main():
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(AskTest)
    result = unittest.TestResult()
    tests.run(result)
    for name, error in result.failures + result.errors:
        print(name, error)
    print(f"{result.testsRun} tests, ok: {result.wasSuccessful()}")


if __name__ == "__main__":
    main()
