# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi", "uvicorn", "httpx"]
# ///
"""A FastAPI service: one client, limits, threads, background work.

Run it: python web_service.py
"""
import asyncio
import contextvars
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from typing import Any
from uuid import uuid4

import anyio.to_thread
import httpx
import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from starlette.responses import PlainTextResponse


# [service]
request_id = contextvars.ContextVar("request_id", default="none")
ready = threading.Event()  # for the demo: what blocks, goes on
ready.set()


def service(
    shop: str, *, patience: float = 2.0, threads: int = 5, line: int = 5
) -> FastAPI:
    """The application. `shop` is the server that it asks.

    `patience`: seconds for its answer. `threads`: how many calls of
    the old library at once. `line`: how many may wait for one.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        # Once in each worker process, in its event loop.
        async with httpx.AsyncClient(
            base_url=shop, timeout=None,
            limits=httpx.Limits(max_connections=20),
        ) as client:
            own = anyio.CapacityLimiter(threads)
            yield {"client": client, "old_library": own}

    app = FastAPI(lifespan=lifespan)
    reports = 0  # that run or wait; the loop's code needs no lock

    @app.middleware("http")
    async def name_the_request(request: Request, call_next: Any) -> Any:
        given = request.headers.get("x-request-id")
        request_id.set(given or uuid4().hex)
        return await call_next(request)

    @app.get("/health")
    async def health() -> str:
        return "well"

    @app.get("/price/{name}")
    async def price(name: str, request: Request) -> str:
        """Wait with `await`; say whose fault it is."""
        try:
            async with asyncio.timeout(patience):
                answer = await request.state.client.get(f"/{name}")
            answer.raise_for_status()
        except TimeoutError:
            raise HTTPException(504, "the shop is slow") from None
        except httpx.HTTPError as error:
            raise HTTPException(502, "the shop fails") from error
        return answer.text

    @app.get("/report")
    async def report(request: Request) -> str:
        """A blocking library: threads of its own, and a short line."""
        nonlocal reports
        if reports >= threads + line:
            again = {"Retry-After": "1"}
            raise HTTPException(503, "busy", headers=again)
        reports += 1
        try:
            return await anyio.to_thread.run_sync(
                old_library, limiter=request.state.old_library
            )
        finally:
            reports -= 1

    @app.post("/order", status_code=202)
    async def order(later: BackgroundTasks) -> str:
        """Work that may be lost with the process: after the answer."""
        later.add_task(send_mail)
        return "accepted"

    return app


def old_library() -> str:
    """Stands for a call that blocks. It sees the request's ID."""
    ready.wait()
    return f"report for {request_id.get()}"


def send_mail() -> None:
    """Stands for work after the answer; a `def` goes to a thread."""
    ready.wait()
    print(f"mail sent for {request_id.get()}", flush=True)
# [/service]


@contextmanager
def serving(app):
    """A real server, in a thread of its own; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=200)
    config = uvicorn.Config(app, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield "http://{}:{}".format(*listening.getsockname())
    finally:
        server.should_exit = True
        thread.join()


async def shop(scope, receive, send):
    """The server that ours asks: some answers are slow, some bad."""
    if scope["type"] == "http":
        slow, broken = scope["path"] == "/owl", scope["path"] == "/yak"
        await asyncio.sleep(1 if slow else 0)
        answer = PlainTextResponse("9.50", 500 if broken else 200)
        await answer(scope, receive, send)


# [main]
async def main():
    with serving(shop) as shop_url:
        app = service(shop_url, patience=0.3)
        with serving(app) as url:
            async with httpx.AsyncClient(base_url=url) as client:
                try:
                    await ask(client)
                finally:
                    ready.set()


async def ask(client):
    for name in "cat", "owl", "yak":
        answer = await client.get(f"/price/{name}")
        print(f"price of {name}: {answer.status_code} {answer.text}")

    ready.clear()  # the old library hangs
    gets = [
        asyncio.create_task(client.get("/report")) for _ in range(12)
    ]
    first = islice(asyncio.as_completed(gets), 2)
    refused = [(await answer).status_code for answer in first]
    print("12 reports at once, answered so far:", refused)
    answer = await client.get("/health")
    print("health meanwhile:", answer.json())
    ready.set()
    answers = await asyncio.gather(*gets)
    print("then:", Counter(answer.status_code for answer in answers))

    named = {"x-request-id": "request-7"}
    answer = await client.get("/report", headers=named)
    print(answer.json())
    ready.clear()
    answer = await client.post("/order", headers=named)
    print("order:", answer.status_code, answer.json(), flush=True)
    ready.set()
# [/main]


if __name__ == "__main__":
    asyncio.run(main())
