# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx"]
# ///
"""Fetch many URLs with one httpx client: limits, timeouts, retries.

Run it: python fetch_httpx.py
"""
# [fetch]
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

RETRY_STATUS = {429, 502, 503, 504}  # busy: worth another try


@dataclass(frozen=True)
class Outcome:
    """What became of one URL: its body, or the last error."""

    url: str
    body: bytes | None = None
    error: Exception | None = None
    tries: int = 0


def worth_a_retry(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in RETRY_STATUS
    if isinstance(error, httpx.UnsupportedProtocol):
        return False  # the URL has no http:// or https://
    return isinstance(error, (httpx.TransportError, TimeoutError))


async def fetch(
    client: httpx.AsyncClient, url: str, timeout: float, tries: int
) -> Outcome:
    """GET one URL; its last error becomes a value."""
    number = 0
    while True:
        number += 1
        try:
            async with asyncio.timeout(timeout):
                response = (await client.get(url)).raise_for_status()
            return Outcome(url, body=response.content, tries=number)
        except Exception as error:  # lets cancellation pass
            if number >= tries or not worth_a_retry(error):
                return Outcome(url, error=error, tries=number)
        # Random, so that clients do not come back all at once.
        await asyncio.sleep(random.uniform(0, min(10, 0.1 * 2**number)))


async def fetch_all(
    urls: Sequence[str],
    *,
    limit: int = 10,
    timeout: float = 10.0,
    tries: int = 3,
    total: float | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[Outcome]:
    """GET all URLs, at most `limit` at once; outcomes in their order.

    `timeout` is for one try, `total` for the batch, in seconds.
    """
    if limit < 1 or tries < 1:
        raise ValueError("limit and tries must be at least 1")
    slots = asyncio.Semaphore(limit)

    async def one(url: str) -> Outcome:
        async with slots:
            return await fetch(client, url, timeout, tries)

    async with httpx.AsyncClient(
        timeout=None,  # `fetch` limits the whole request
        limits=httpx.Limits(max_connections=limit),
        follow_redirects=True,
        transport=transport,
    ) as client:
        tasks: list[asyncio.Task[Outcome]] = []
        try:
            async with asyncio.timeout(total), asyncio.TaskGroup() as g:
                tasks = [g.create_task(one(url)) for url in urls]
        except TimeoutError:
            pass  # the group has cancelled what was left
    late = TimeoutError("the time for the batch was over")
    return [
        Outcome(url, error=late) if task.cancelled() else task.result()
        for url, task in zip(urls, tasks)
    ]
# [/fetch]


# [server]
connections = []
open_now = peak = busy = 0


async def serve(reader, writer):
    """One connection of a small server, kept open by the client."""
    global open_now, peak, busy
    connections.append(asyncio.current_task())
    open_now += 1
    peak = max(peak, open_now)
    while line := await reader.readline():
        path = line.split()[1]
        while (await reader.readline()).strip():
            pass  # headers
        if path == b"/slow":
            await reader.read()  # no answer until the client hangs up
            break
        busy += path == b"/busy"
        wrong = {b"/missing": 404, b"/busy": 503 if busy == 1 else 200}
        status = wrong.get(path, 200)
        answer = f"HTTP/1.1 {status} -\r\nContent-Length: 5\r\n\r\n"
        writer.write(answer.encode() + b"photo")
    open_now -= 1
    writer.close()
    await asyncio.sleep(0)  # the loop closes it
# [/server]


# [main]
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        paths = ["a", "b", "c", "d", "busy", "missing", "slow"]
        urls = [f"http://127.0.0.1:{port}/{path}" for path in paths]
        outcomes = await fetch_all(
            urls, limit=3, timeout=0.3, tries=2
        )
        for path, done in zip(paths, outcomes):
            what = done.body or type(done.error).__name__
            print(f"{path}: {what}, tries: {done.tries}")
        print("connections at once, at most:", peak)

        outcomes = await fetch_all([urls[0], urls[-1]], total=0.5)
        for done in outcomes:
            print("in 0.5 s:", done.body or done.error)
        await asyncio.wait(connections, timeout=1)
        print("open connections after it:", open_now)
# [/main]


if __name__ == "__main__":
    asyncio.run(main())
