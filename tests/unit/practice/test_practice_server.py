"""The practice server where no service worker answers."""

import asyncio
import sys
import time
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import practice_server
import pytest
from overlap_contract import PRACTICE
from overlap_trace import now, virtual_run
from practice_server import Server, ServerError, TooManyRequests, Unavailable

NAMES = [f"photo-{n}.jpg" for n in range(200)]


async def ask(server, name):
    """A fetch as a value: the text or the status."""
    try:
        return await server.fetch(name)
    except ServerError as error:
        return error.status


async def ask_all(server, names=NAMES):
    return await asyncio.gather(*(ask(server, name) for name in names))


def test_text_comes_after_the_delay():
    """In virtual time the delay can be measured to the millisecond."""

    async def main():
        assert await Server(delay=0.3).fetch("photo-7.jpg") == "content of photo-7.jpg"
        return now()

    assert virtual_run(main()) == pytest.approx(0.3)


def test_it_really_waits_on_a_real_clock():
    """Outside of virtual time, too."""
    start = time.perf_counter()
    asyncio.run(Server(delay=0.05).fetch("a"))
    assert time.perf_counter() - start >= 0.049


def test_jitter_spreads_the_delays_and_stays_in_its_range():
    """Delays lie between delay - jitter and delay + jitter, near both ends too."""

    async def main():
        ends = []

        async def timed(server, name):
            await server.fetch(name)
            ends.append(now())

        server = Server(delay=1, jitter=0.5)
        await asyncio.gather(*(timed(server, name) for name in NAMES))
        return ends

    ends = virtual_run(main())
    assert 0.5 <= min(ends) < 0.55
    assert 1.45 < max(ends) <= 1.5


def test_failures_come_at_their_rate_and_another_try_has_its_own_chance():
    """About a fifth of the names fail; the second try of these fails as rarely as any."""

    async def main():
        server = Server(delay=0, fail=0.2)
        return await ask_all(server), await ask_all(server)

    first, second = asyncio.run(main())
    assert 20 < first.count(503) < 60
    again = [b for a, b in zip(first, second, strict=True) if a == 503]
    assert again.count(503) < len(again) / 2


def test_the_same_seed_gives_the_same_run_and_another_one_another():
    """A recorded output can be repeated; so can a press on Run."""

    async def main(seed):
        return await ask_all(Server(delay=0, fail=0.5, seed=seed))

    assert asyncio.run(main(1)) == asyncio.run(main(1))
    assert asyncio.run(main(1)) != asyncio.run(main(2))


def test_more_requests_at_once_than_the_limit_are_refused_without_delay():
    """The first four are answered; the fifth hears at once that it should wait."""

    async def main():
        server = Server(delay=0.2, limit=4)
        answers = asyncio.gather(*(ask(server, name) for name in NAMES[:6]))
        await asyncio.sleep(0)  # they begin
        with pytest.raises(TooManyRequests) as caught:
            await server.fetch("one more")
        assert now() == 0
        assert caught.value.retry_after == 1
        assert str(caught.value) == "429 Too Many Requests: one more"
        assert [a for a in await answers if a == 429] == [429, 429]
        assert await server.fetch("later") == "content of later"

    virtual_run(main())


def test_cancelling_frees_the_place():
    """After a timeout the next request is answered."""

    async def main():
        server = Server(delay=10, limit=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await server.fetch("slow")
        return await server.fetch("next")

    assert virtual_run(main()) == "content of next"


def test_a_refusal_does_not_change_what_comes_next():
    """Failures depend on the answered requests, not on how often a client was refused."""

    async def main(refused):
        server = Server(delay=0.1, fail=0.5, limit=1)
        for _ in range(refused):
            held = asyncio.create_task(ask(server, "held"))
            await asyncio.sleep(0)
            assert await ask(server, "photo") == 429
            await held
        return [await ask(server, "photo") for _ in range(20)]

    assert virtual_run(main(0)) == virtual_run(main(3))


def test_errors_are_connection_errors_with_a_status():
    """What retries a ConnectionError retries these; the text names the request."""
    with pytest.raises(ConnectionError, match=r"503 Service Unavailable: a\.jpg") as caught:
        asyncio.run(Server(delay=0, fail=1).fetch("a.jpg"))
    assert isinstance(caught.value, Unavailable)
    assert caught.value.status == 503


def test_it_says_that_it_is_simulated():
    """`real`, the repr, and the count that the page reads."""
    practice_server.answered.clear()
    server = Server(delay=0)
    assert server.real is None
    asyncio.run(server.fetch("a"))
    assert server.real is False
    assert "simulated" in repr(server)
    assert practice_server.answered == {"simulated": 1}


@pytest.mark.parametrize(
    "wish",
    [
        {"delay": 31},
        {"delay": -1},
        {"delay": 20, "jitter": 11},
        {"jitter": -1},
        {"fail": 1.5},
        {"limit": 0},
        {"limit": 2.5},
        {"limit": 1001},
        {"delay": float("nan")},
    ],
)
def test_senseless_wishes_are_refused(wish):
    """A ValueError names what can be had."""
    with pytest.raises(ValueError, match=r"from \d+ to \d+"):
        Server(**wish)


@pytest.mark.parametrize("name", ["", "..", "a" * 201])
def test_senseless_names_are_refused(name):
    """An address cannot say them."""
    with pytest.raises(ValueError, match="a name has"):
        asyncio.run(Server().fetch(name))


class Answer:
    """What pyfetch returns once the service worker has answered."""

    status = 200

    def __init__(self, delay):
        self.headers = {PRACTICE.header.lower(): "service worker"}
        self._delay = delay

    async def text(self):
        await asyncio.sleep(self._delay)
        return "here"


@pytest.mark.parametrize("waits_for", ["the answer", "its body"])
def test_a_request_that_is_cancelled_is_given_up_by_its_number(monkeypatch, waits_for):
    """The service worker is told, once, which request nobody waits for, and nothing of those answered."""
    asked, told = [], []

    class Request:
        def open(self, method, address):
            self.sent = method, urlsplit(address)

        def send(self):
            told.append(self.sent)

    async def pyfetch(address):
        asked.append(dict(parse_qsl(urlsplit(address).query)))
        delay = 30 if "slow" in address else 0
        if waits_for == "the answer":
            await asyncio.sleep(delay)
        return Answer(delay)

    monkeypatch.setattr(practice_server, "_root", lambda: "https://site.test/practice/")
    monkeypatch.setitem(sys.modules, "pyodide", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "pyodide.http", SimpleNamespace(pyfetch=pyfetch))
    monkeypatch.setitem(sys.modules, "js", SimpleNamespace(XMLHttpRequest=SimpleNamespace(new=Request)))

    async def main():
        server = Server(delay=30)
        assert await server.fetch("a") == "here"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await server.fetch("slow")
        assert await server.fetch("b") == "here"

    virtual_run(main())
    requests = asked[1:]  # the first looks whether somebody answers
    assert [wish["request"] for wish in requests] == ["1", "2", "3"]
    [(method, address)] = told
    assert (method, address.path) == ("GET", "/practice/")
    assert parse_qsl(address.query) == [("cancel", "2"), ("server", requests[1]["server"])]
