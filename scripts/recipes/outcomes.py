# /// script
# requires-python = ">=3.11"
# ///
"""What the recipes share: outcomes, limits of time, retries.

Run it: python outcomes.py
"""
import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, UTC
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from urllib.error import URLError

# [library]
Item = TypeVar("Item")
Result = TypeVar("Result")

log = logging.getLogger("recipes")

# Seconds after which a cancellation that was swallowed is repeated.
AGAIN = 1.0


class NotDone(Exception):
    """The batch ended before this item. `__cause__`: its last error."""


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a value, or an error.

    `tries` says how often it was begun, `seconds` how long it took.
    """

    item: Item
    value: Result | None = None
    error: BaseException | None = None
    tries: int = 0
    seconds: float = 0.0


def not_done(
    item: Item,
    last: BaseException | None = None,
    tries: int = 0,
    seconds: float = 0.0,
) -> Outcome[Item, Any]:
    """The outcome of an item that the batch did not get to end."""
    error = NotDone(f"the batch ended before {item!r:.80} did")
    error.__cause__ = last
    return Outcome(item, error=error, tries=tries, seconds=seconds)


def tell(
    report: Callable[[Outcome[Item, Result]], None] | None,
    outcome: Outcome[Item, Result],
) -> None:
    """Call `report`; an error of its own is logged, nothing is lost."""
    if report is not None:
        try:
            report(outcome)
        except Exception:
            log.exception("report failed for %r", outcome)


def positive(**numbers: float | None) -> None:
    """ValueError with the name of the number that is 0 or less."""
    for name, number in numbers.items():
        if number is not None and not number > 0:
            raise ValueError(f"{name} must be above 0, not {number}")


class Limit:
    """`async with Limit(5)`: TimeoutError after 5 seconds.

    As asyncio.timeout, but code that swallows the cancellation is
    cancelled again, each second.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task, self.before = task, task.cancelling()
        self.fired = 0
        self.timer: asyncio.TimerHandle | None = None
        if self.seconds is not None:
            self._arm(self.seconds)

    def _arm(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(seconds, self._fire)

    def _fire(self) -> None:
        self.fired += 1
        self.task.cancel()
        self._arm(AGAIN)

    async def __aexit__(self, kind: Any, error: Any, _: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
        for _ in range(self.fired):
            self.task.uncancel()
        ours = self.task.cancelling() <= self.before
        cancelled = kind is not None and issubclass(
            kind, asyncio.CancelledError
        )
        if self.fired and ours and cancelled:
            text = f"not done in {self.seconds} s"
            raise TimeoutError(text) from error


class Team:
    """Tasks of one batch. `failures` is what ends the batch.

    Not a TaskGroup: that takes a task that was cancelled from
    outside for a task that is done, and cancels only once.
    """

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []
        self.stopping = asyncio.Event()  # from now on, we cancel
        self.over = asyncio.Event()  # all have ended, or one must

    def start(
        self,
        name: str,
        work: Callable[..., Awaitable[None]],
        *args: Any,
    ) -> None:
        task = asyncio.create_task(self._run(work, args), name=name)
        self.tasks.add(task)
        task.add_done_callback(self._left)

    async def _run(
        self, work: Callable[..., Awaitable[None]], args: Any
    ) -> None:
        try:
            await work(*args)
        except BaseException as error:
            closing = isinstance(error, GeneratorExit)
            if closing or self.stopping.is_set():
                raise
            self.failures.append(error)
            if not isinstance(error, Exception):
                self.over.set()

    def _left(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not self.tasks:
            self.over.set()

    async def settle(
        self,
        call: Callable[[Item], Awaitable[Result]],
        item: Item,
        seconds: float | None,
    ) -> Outcome[Item, Result]:
        """The outcome of one try; raises only what ends the batch.

        A cancellation that is not ours comes from inside the call,
        and so it is an error of the item.
        """
        began = time.monotonic()
        value = problem = None
        try:
            async with Limit(seconds):
                value = await call(item)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                if self.stopping.is_set():
                    raise
                forget_cancellation()
            problem = error
        took = time.monotonic() - began
        return Outcome(item, value, problem, tries=1, seconds=took)

    async def end(self) -> None:
        """Cancel until all have ended, also those that swallow it."""
        self.stopping.set()
        interrupted = None
        while left := [one for one in self.tasks if not one.done()]:
            for task in left:
                task.cancel()
            try:
                await asyncio.wait(left, timeout=AGAIN)
            except asyncio.CancelledError as error:
                interrupted = error  # afterwards: first all must end
        if interrupted is not None:
            raise interrupted


def forget_cancellation() -> None:
    """This task was cancelled by somebody else, and goes on."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


# Answers of a server that is busy or about to come back.
BUSY = {408, 425, 429, 500, 502, 503, 504}
# By name: a program need not have these packages.
NETWORK = {
    "httpx.TransportError", "httpx2.TransportError",
    "aiohttp.ClientConnectionError", "aiohttp.ClientPayloadError",
    "requests.ConnectionError", "requests.Timeout",
    "requests.ChunkedEncodingError", "http.IncompleteRead",
    "socket.gaierror",
}
HOPELESS = {
    "httpx.UnsupportedProtocol", "httpx2.UnsupportedProtocol",
    "aiohttp.ClientConnectorCertificateError", "requests.SSLError",
}
# No server gets its next request earlier, even if it says so.
SHORTEST = 0.1


def worth_a_retry(result: object) -> float | None:
    """How many seconds to wait at least before a new try; None: none.

    `result` is what a call raised or returned: an exception or a
    response of httpx, aiohttp, requests or urllib, or a socket's.
    """
    response = getattr(result, "response", None)
    response = result if response is None else response
    headers = getattr(response, "headers", None)
    for name in "status_code", "status", "code":
        status = getattr(response, name, None)
        if headers is not None and type(status) is int and status:
            return retry_after(headers) if status in BUSY else None
    if isinstance(result, URLError):  # it wraps the error
        result = result.reason
    names = {
        f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
        for kind in type(result).__mro__
    }
    if names & HOPELESS:
        return None
    network = isinstance(result, (ConnectionError, TimeoutError))
    return 0.0 if network or names & NETWORK else None


def retry_after(headers: Any) -> float:
    """The seconds of `Retry-After`, which may be a date; 0 without."""
    asked = str(headers.get("Retry-After") or "").strip()
    if not asked:
        return 0.0
    if asked.isascii() and asked.isdigit():
        return max(SHORTEST, float(asked))
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return SHORTEST
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    left = moment - datetime.now(UTC)
    return max(SHORTEST, left.total_seconds())


class Pace:
    """`await pace.turn()`: lets at most `per_second` pass.

    A turn is taken when it comes, not when one starts to wait: who
    is cancelled while waiting takes none.
    """

    def __init__(self, per_second: float) -> None:
        positive(per_second=per_second)
        self.gap = 1 / per_second
        self.free = 0.0  # when the next may pass
        self.line = asyncio.Lock()

    async def turn(self) -> None:
        async with self.line:
            clock = asyncio.get_running_loop().time
            await asyncio.sleep(max(0.0, self.free - clock()))
            self.free = max(self.free, clock()) + self.gap
# [/library]


async def main() -> None:
    async def fetch(name: str) -> str:
        """Stand for a request."""
        if name == "owl":
            await asyncio.sleep(10)
        if name == "yak":
            asyncio.current_task().cancel()  # as a library might
            await asyncio.sleep(0)
        return f"{name}.jpg"

    team = Team()
    for name in "cat", "owl", "yak":
        done = await team.settle(fetch, name, 0.1)
        print(f"{done.item}: {done.value}, {done.error!r}")
    for result in ConnectionResetError(), ValueError():
        print(f"{result!r}: {worth_a_retry(result)}")
    print(retry_after({"Retry-After": "30"}), "seconds")
    print(retry_after({"Retry-After": "0"}), "seconds at least")


if __name__ == "__main__":
    asyncio.run(main())
