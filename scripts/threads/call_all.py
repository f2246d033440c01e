# /// script
# requires-python = ">=3.11"
# ///
"""Call a blocking function for many items in a pool of threads.

Run it: python call_all.py
"""
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from itertools import count
from math import inf
from queue import Empty, SimpleQueue
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from outcomes import Item, Outcome, Result, not_done, positive, tell


# [recipe]
Ended = tuple[int, Outcome[Item, Result]]  # the place comes first


def call_all(
    call: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    total_timeout: float | None = None,
    report: Callable[[Outcome[Item, Result]], None] | None = None,
) -> list[Outcome[Item, Result]]:
    """Call `call(item)` for each item, in at most `workers` threads.

    Returns one outcome per item, in their order; `report` gets each
    one as it comes, in the caller's thread. An iterator is read a
    few items ahead; what was not read has no outcome, and if it
    fails, what was read is called, then its error goes on. After
    `total_timeout` seconds, or Ctrl-C, no call begins any more;
    those that run are waited for, because nothing can stop a
    thread. So give `call` a time limit of its own.
    """
    positive(workers=workers, total_timeout=total_timeout)
    wanted = list(items) if isinstance(items, Sized) else items
    source = enumerate(wanted)
    found: dict[int, Outcome[Item, Result]] = {}
    # (place, item) is work, None is the end.
    todo: SimpleQueue[tuple[int, Item] | None] = SimpleQueue()
    ended: SimpleQueue[Ended[Item, Result]] = SimpleQueue()
    team: list[threading.Thread] = []
    waiting: dict[int, Item] = {}  # read, and no outcome yet
    failures: list[Exception] = []
    stopping = threading.Event()

    def work() -> None:
        while (job := todo.get()) is not None:
            if stopping.is_set():
                continue
            place, item = job
            began = time.monotonic()
            value = problem = None
            try:
                value = call(item)
            except BaseException as error:  # sys.exit() is one, too
                problem = error
            took = time.monotonic() - began
            ended.put((place, Outcome(item, value, problem, 1, took)))
        todo.put(None)  # for the next one

    def read() -> bool:
        try:
            place, item = next(source)
        except StopIteration:
            return False
        except Exception as error:
            failures.append(error)
            return False
        waiting[place] = item
        todo.put((place, item))
        if len(team) < workers:
            name = f"call-{len(team) + 1}"
            team.append(threading.Thread(target=work, name=name))
            try:
                team[-1].start()
            except RuntimeError:  # no more threads can be had
                team.pop()
                if not team:
                    raise
        return True

    def keep(place: int, done: Outcome[Item, Result]) -> None:
        found[place] = done
        waiting.pop(place, None)
        tell(report, done)

    end = time.monotonic() + (total_timeout or inf)
    more = True
    try:
        while time.monotonic() < end:
            # As many wait as run, so that no thread has to.
            if more and len(waiting) < 2 * workers:
                more = read()
                wait = 0.0
            elif waiting:
                left = max(0.0, end - time.monotonic())
                wait = min(left, threading.TIMEOUT_MAX)
            else:
                break
            with suppress(Empty):
                keep(*ended.get(timeout=wait))
    finally:
        stopping.set()
        todo.put(None)
        for thread in team:
            if thread.ident is not None:
                thread.join()
    while not ended.empty():
        keep(*ended.get())
    if failures:
        raise failures[0]
    rest = source if isinstance(items, Sized) else ()
    for place, item in sorted([*waiting.items(), *rest]):
        keep(place, not_done(item))
    return [found[place] for place in sorted(found)]
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


def progress(total: int) -> Callable[[Outcome[Any, Any]], None]:
    """A `report` that counts on stderr, if someone is watching."""
    number = count(1)

    def report(done: Outcome[Any, Any]) -> None:
        if sys.stderr.isatty():
            line = f"\r{next(number)}/{total}"
            print(line, end="", file=sys.stderr)

    return report


def main() -> None:
    with slow_site() as site:
        names = ["cat", "dog", "owl", "frist", "stuck", "elk"]
        urls = [f"{site}/{name}.jpg" for name in names]
        outcomes = call_all(
            fetch, urls, workers=4, total_timeout=10,
            report=progress(len(urls)),
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
