"""A server to practice with: it answers late, fails, and refuses too many requests at once.

    from practice_server import Server

    server = Server(delay=0.3, jitter=0.1, fail=0.1, limit=4)
    text = await server.fetch("photo-7.jpg")

In a page of the site `fetch` makes an HTTP request, which the site's service worker answers
(book/web/src/offline/practice.ts). Where no service worker answers, it waits in `asyncio.sleep` and
keeps the same rules. `Server.real` says which of the two it was.

What becomes of a request is decided here, by `seed`, the name and how often it was asked for. So
both ways give the same results, and every run does.
"""

from __future__ import annotations

import asyncio
import random
import sys
import uuid
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

from overlap_contract import PRACTICE

__version__ = "1.0.0"
__all__ = ["Server", "ServerError", "TooManyRequests", "Unavailable"]

#: Requests by what answered them, "real" or "simulated", since the page last looked.
answered: Counter[str] = Counter()


#: Status, seconds that a refused client waits, text.
Reply = tuple[int, int, str]


class ServerError(ConnectionError):
    """The server answered, but not with what was asked for. `status` is the HTTP status."""

    status: int


class Unavailable(ServerError):
    """503: out of order just now. Another try may succeed."""

    status = 503


class TooManyRequests(ServerError):
    """429: more requests at once than the server allows. Wait `retry_after` seconds."""

    status = 429

    def __init__(self, text: str, retry_after: int = PRACTICE.retry_after_seconds) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Server:
    """A server with `fetch`. Times are seconds.

    delay: how long a request takes, up to 30
    jitter: each one takes up to this much longer or shorter
    fail: how many requests fail with 503, from 0 to 1
    limit: how many requests it answers at once; further ones get 429 without any delay
    seed: another one gives other delays and failures

    `real` is True once a service worker has answered, False once the server is simulated.
    """

    def __init__(
        self,
        *,
        delay: float = 0.2,
        jitter: float = 0.0,
        fail: float = 0.0,
        limit: int | None = None,
        seed: object = 0,
    ) -> None:
        longest, most = PRACTICE.longest_delay_seconds, PRACTICE.highest_limit
        if not (jitter >= 0 and delay >= 0 and delay + jitter <= longest):
            raise ValueError(f"delay and jitter are seconds, from 0 to {longest} together")
        if not 0 <= fail <= 1:
            raise ValueError("fail is a share of the requests, from 0 to 1")
        if limit is not None and not (isinstance(limit, int) and 1 <= limit <= most):
            raise ValueError(f"limit is a whole number from 1 to {most}, or None")
        self.delay, self.jitter, self.fail, self.limit, self.seed = delay, jitter, fail, limit, seed
        self.real: bool | None = None
        self._tries: Counter[str] = Counter()
        self._busy = 0
        self._sent = 0
        self._key = uuid.uuid4().hex
        self._looking = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<practice server, {_KINDS[self.real]}>"

    async def fetch(self, name: str) -> str:
        """Ask for `name` and return its text.

        Raises Unavailable or TooManyRequests. Cancel it, and the request is aborted.
        """
        if not 0 < len(name) <= PRACTICE.longest_name or not name.strip("."):
            raise ValueError(f"a name has 1 to {PRACTICE.longest_name} characters, and not only dots")
        self._tries[name] += 1
        delay_ms, status = self._decide(name, self._tries[name])
        ask = self._request if await self._is_real() else self._simulate
        status, retry_after, text = await ask(name, delay_ms, status)
        if status == 429:
            self._tries[name] -= 1  # refused, not answered
            raise TooManyRequests(f"429 Too Many Requests: {name}", retry_after)
        if status == 503:
            raise Unavailable(f"503 Service Unavailable: {name}")
        return text

    def _decide(self, name: str, number: int) -> tuple[int, int]:
        """Return the milliseconds and status of the number-th request for a name."""
        chance = random.Random(f"{self.seed} {number} {name}")
        delay = self.delay + self.jitter * (2 * chance.random() - 1)
        return round(1000 * max(0, delay)), 503 if chance.random() < self.fail else 200

    async def _is_real(self) -> bool | None:
        root = _root()
        if root is None:
            self._set_real(False)
        elif self.real is None:
            async with self._looking:
                if self.real is None:
                    self._set_real(await _answers(root))
        return self.real

    def _set_real(self, real: bool) -> None:
        if self.real is not real:
            self.real = real
            _announce(self)

    async def _simulate(self, name: str, delay_ms: int, status: int) -> Reply:
        """Do what practice.ts does with a request."""
        answered["simulated"] += 1
        if self.limit is not None and self._busy >= self.limit:
            await asyncio.sleep(0)
            return 429, PRACTICE.retry_after_seconds, ""
        self._busy += 1
        try:
            await asyncio.sleep(delay_ms / 1000)
        finally:
            self._busy -= 1
        return status, PRACTICE.retry_after_seconds, f"content of {name}"

    async def _request(self, name: str, delay_ms: int, status: int) -> Reply:
        """Do the same by asking the service worker."""
        from pyodide.http import pyfetch

        self._sent += 1
        number = self._sent
        wish: dict[str, int | str] = {
            "delay": delay_ms,
            "status": status,
            "server": self._key,
            PRACTICE.request_key: number,
        }
        if self.limit is not None:
            wish["limit"] = self.limit
        try:
            response = await pyfetch(f"{_root()}{quote(name, safe='')}?{urlencode(wish)}")
            text = await response.text()
        except asyncio.CancelledError:
            # pyfetch aborts the request, but in Firefox the service worker does not hear of that.
            self._give_up(number)
            raise
        except OSError:
            response = None
        if not _is_marked(response):
            # The service worker is gone: the reader took the saved guide from the device, say.
            self._set_real(False)
            return await self._simulate(name, delay_ms, status)
        if response.status == 400:
            raise RuntimeError(text)
        answered["real"] += 1
        retry_after = response.headers.get("retry-after", PRACTICE.retry_after_seconds)
        return response.status, int(retry_after), text

    def _give_up(self, number: int) -> None:
        """Tell the service worker that nobody waits for a request any more."""
        import js  # type: ignore[import-not-found]  # in a browser only

        request = js.XMLHttpRequest.new()  # is sent without a task or a promise to look after
        request.open("GET", f"{_root()}?{urlencode({PRACTICE.cancel_key: number, 'server': self._key})}")
        request.send()


_KINDS = {
    None: "nothing fetched yet",
    True: "real: the service worker of this site answers HTTP requests",
    False: "simulated: no service worker answers here, so fetch only waits",
}


def _root() -> str | None:
    """Return where the service worker answers, or None where only a simulation is possible."""
    if sys.platform != "emscripten":
        return None
    import js
    from pyodide.webloop import WebLoop

    if not isinstance(asyncio.get_running_loop(), WebLoop):
        return None  # virtual time knows no requests

    if not hasattr(js, "location"):
        return None
    # The kernel of a page and that of JupyterLite are in these two folders.
    return js.location.href.split("/_static/")[0].split("/lite/")[0] + f"/{PRACTICE.path}"


async def _answers(root: str) -> bool:
    """Return whether a service worker answers. The host itself has no such address."""
    from pyodide.http import pyfetch

    try:
        return _is_marked(await pyfetch(root))
    except OSError:
        return False


def _is_marked(response: Any) -> bool:
    # The header tells the service worker from a host that knows no such address.
    return response is not None and PRACTICE.header.lower() in response.headers


def _announce(server: Server) -> None:
    """Say in JupyterLite which of the two it is. A page of the site says it under the cell."""
    if sys.platform == "emscripten" and "overlap_page" not in sys.modules:
        print(repr(server))
