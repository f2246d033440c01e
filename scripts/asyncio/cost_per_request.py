# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx", "aiohttp"]
# ///
"""What a small request costs the processor: httpx and aiohttp.

Run it: python cost_per_request.py
"""
import asyncio
import time

import aiohttp
import httpx

WORKERS, EACH = 10, 50
connections = []


async def serve(reader, writer):
    """One connection of a small server, kept open by the client."""
    connections.append(asyncio.current_task())
    while await reader.readline():
        while (await reader.readline()).strip():
            pass  # headers
        writer.write(b"HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\nok")
    writer.close()
    await asyncio.sleep(0)  # the loop closes it


async def with_httpx(client, url):
    for _ in range(EACH):
        await client.get(url)


async def with_aiohttp(session, url):
    for _ in range(EACH):
        async with session.get(url) as response:
            await response.read()


# [cost]
async def cost(worker, client, url):
    """CPU seconds for each request, the server's share included."""
    before = time.process_time()
    async with client, asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker(client, url))
    return (time.process_time() - before) / (WORKERS * EACH)
# [/cost]


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        httpx_cost = await cost(with_httpx, httpx.AsyncClient(), url)
        session = aiohttp.ClientSession()
        aiohttp_cost = await cost(with_aiohttp, session, url)
        await asyncio.wait(connections)
    print(f"httpx:   {httpx_cost * 1000:.2f} ms")
    print(f"aiohttp: {aiohttp_cost * 1000:.2f} ms")


if __name__ == "__main__":
    asyncio.run(main())
