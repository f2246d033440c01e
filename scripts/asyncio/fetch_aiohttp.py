# /// script
# requires-python = ">=3.11"
# dependencies = ["aiohttp"]
# ///
"""Fetch many URLs with one aiohttp session: limits, timeouts, retries.

Run it: python fetch_aiohttp.py
"""
import asyncio
from collections.abc import Callable, Iterable

import aiohttp

from fan_out import fan_out
from outcomes import Outcome, positive, worth_a_retry


# [recipe]
class TooLarge(Exception):
    """There is more at this URL than anybody wants."""


async def fetch_all(
    urls: Iterable[str],
    *,
    limit: int = 10,
    timeout: float = 10.0,
    tries: int = 3,
    total: float | None = None,
    most: int = 50_000_000,
    report: Callable[[Outcome[str, bytes]], None] | None = None,
) -> list[Outcome[str, bytes]]:
    """GET all URLs, at most `limit` at once; outcomes in their order.

    `timeout` is for one try, `total` for the batch, in seconds; no
    body may have more than `most` bytes.
    """
    positive(limit=limit, timeout=timeout, tries=tries, total=total,
             most=most)

    async def get(url: str) -> bytes:
        body = bytearray()
        async with client.get(url) as response:
            async for part in response.content.iter_any():
                body += part
                if len(body) > most:
                    raise TooLarge(f"{url}: more than {most} bytes")
        return bytes(body)

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit),
        timeout=aiohttp.ClientTimeout(),  # `fan_out` has its own
        raise_for_status=True,
    ) as client:
        return await fan_out(
            get, urls, limit=limit, item_timeout=timeout, tries=tries,
            total_timeout=total, retry_on=worth_a_retry, report=report,
        )
# [/recipe]


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
            what = done.value or type(done.error).__name__
            print(f"{path}: {what}, tries: {done.tries}")
        print("connections at once, at most:", peak)

        outcomes = await fetch_all([urls[0], urls[-1]], total=0.5)
        for done in outcomes:
            print("in 0.5 s:", done.value or type(done.error).__name__)
        await asyncio.wait(connections, timeout=1)
        print("open connections after it:", open_now)
# [/main]


if __name__ == "__main__":
    asyncio.run(main())
