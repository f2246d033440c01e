from book.examples.scripts import SCRIPTS, Script


def test_what_it_answers(run):
    """Slow and broken are told apart, more than ten reports are refused, the ID reaches threads."""
    assert run.lines == [
        'price of cat: 200 "9.50"',
        'price of owl: 504 {"detail":"the shop is slow"}',
        'price of yak: 502 {"detail":"the shop fails"}',
        "12 reports at once, answered so far: [503, 503]",
        "health meanwhile: well",
        "then: Counter({200: 10, 503: 2})",
        "report for request-7",
        "order: 202 accepted",
        "mail sent for request-7",
    ]


MORE = """
import asyncio

import httpx
import web_service
from starlette.testclient import TestClient
from web_service import service


def test_the_clients_connections_close_with_the_service(monkeypatch):
    '''The lifespan owns the client, so one start and one end of the service are one client.'''
    seen = []

    class Client(httpx.AsyncClient):
        async def __aexit__(self, *error):
            seen.append("closed")
            await super().__aexit__(*error)

    monkeypatch.setattr(httpx, "AsyncClient", Client)
    with TestClient(service("http://127.0.0.1:9")) as client:
        client.get("/health")
        assert seen == []
    assert seen == ["closed"]


def test_a_request_that_is_cancelled_gives_its_thread_back():
    '''A caller that hangs up does not keep a place in the line for the old library.'''
    app = service("http://127.0.0.1:9", threads=1, line=1)

    async def main():
        async with app.router.lifespan_context(app) as state:
            limiter = state["old_library"]
            transport = httpx.ASGITransport(app=with_state(app, state))
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                web_service.ready.clear()
                first = asyncio.create_task(client.get("/report"))
                while not limiter.borrowed_tokens:
                    await asyncio.sleep(0)
                waiting = asyncio.create_task(client.get("/report"))
                while not limiter.statistics().tasks_waiting:
                    await asyncio.sleep(0)
                assert (await client.get("/report")).status_code == 503
                waiting.cancel()
                await asyncio.wait([waiting])
                instead = asyncio.create_task(client.get("/report"))
                while not limiter.statistics().tasks_waiting:
                    await asyncio.sleep(0)
                web_service.ready.set()
                assert [(await one).status_code for one in (first, instead)] == [200, 200]

    asyncio.run(main())


def with_state(app, state):
    '''The application as a server calls it, which hands over what the lifespan yielded.'''

    async def call(scope, receive, send):
        await app({**scope, "state": dict(state)}, receive, send)

    return call
"""


def test_it_survives(run, readers_pytest, block_on_page, tmp_path):
    """The tests that the page hands out, and more of the bad days: run with the packages of the recipes."""
    (tmp_path / "web_service.py").write_text(Script(SCRIPTS / "mixed" / "web_service.py").served)
    (tmp_path / "test_service.py").write_text(
        block_on_page("recipes/inside-a-web-framework.md", "from web_service import")
    )
    (tmp_path / "test_more.py").write_text(MORE)
    assert "4 passed" in readers_pytest()
