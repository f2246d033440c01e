# /// script
# requires-python = ">=3.11"
# ///
"""Call a blocking function for many items in a pool of threads.

Run it: python call_all.py
"""
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    Future,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Generic, TypeVar
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

Item = TypeVar("Item")
Result = TypeVar("Result")


# [recipe]
class NotDone(Exception):
    """The time for the batch ended before this call began."""


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a value, or an error."""

    item: Item
    value: Result | None = None
    error: Exception | None = None


def outcome_of(
    item: Item, future: Future[Result]
) -> Outcome[Item, Result]:
    """What became of a call that has ended or never began."""
    if future.cancelled():
        return Outcome(item, error=NotDone())
    try:
        return Outcome(item, value=future.result())
    except Exception as error:
        return Outcome(item, error=error)


def call_all(
    call: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    total_timeout: float | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Outcome[Item, Result]]:
    """Call `call(item)` for each item, at most `workers` at once.

    Returns one outcome per item, in the order of the items.
    After `total_timeout` seconds, or Ctrl-C, no call begins any
    more; those that run are waited for, because nothing can stop
    a thread. So give `call` a time limit of its own.
    """
    wanted = list(items)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="call")
    futures: list[Future[Result]] = []
    try:
        futures = [pool.submit(call, item) for item in wanted]
        ended = as_completed(futures, timeout=total_timeout)
        for done, _ in enumerate(ended, start=1):
            report(done, len(futures))
    except TimeoutError:
        pass  # what has not begun becomes NotDone
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [
        outcome_of(item, future)
        for item, future in zip(wanted, futures, strict=True)
    ]
# [/recipe]


# urlopen without a proxy: the server is on this machine.
urlopen = build_opener(ProxyHandler({})).open


# [use]
def fetch(url: str) -> int:
    """Size of what is at `url`. No read waits more than 1 s."""
    try:
        with urlopen(url, timeout=1) as response:
            return len(response.read())
    except HTTPError as error:
        error.close()  # or its connection stays open
        raise


def progress(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="", file=sys.stderr)


def main() -> None:
    with slow_site() as site:
        names = ["cat", "dog", "owl", "frist", "stuck", "elk"]
        urls = [f"{site}/{name}.jpg" for name in names]
        show = progress if sys.stderr.isatty() else lambda *_: None
        outcomes = call_all(
            fetch, urls, workers=4, total_timeout=10, report=show
        )
    for name, outcome in zip(names, outcomes, strict=True):
        if outcome.error is None:
            print(f"{name}: {outcome.value} bytes")
        else:
            print(f"{name}: {outcome.error!r}")
# [/use]


# The rest is a slow web server, so that you need no internet.
closing = threading.Event()


class Photo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(0.05)
        if "stuck" in self.path:
            closing.wait()  # longer than fetch does: no answer
        elif "frist" in self.path:
            self.send_error(404)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 4000)

    def log_message(self, format: str, *details: Any) -> None:
        pass


@contextmanager
def slow_site() -> Iterator[str]:
    with ThreadingTCPServer(("127.0.0.1", 0), Photo) as server:
        # It looks every 0.01 s whether to shut down.
        serve = server.serve_forever
        threading.Thread(target=serve, args=[0.01]).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            closing.set()
            server.shutdown()


if __name__ == "__main__":
    main()
