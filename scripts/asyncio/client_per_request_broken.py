# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx"]
# ///
"""Twenty requests, each with a client of its own.

Run it: python client_per_request_broken.py
"""
import asyncio
import time

import httpx

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


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        start = time.perf_counter()
        # [client]
        for _ in range(20):
            async with httpx.AsyncClient() as client:
                await client.get(url)
        # [/client]
        seconds = time.perf_counter() - start
        await asyncio.wait(connections)
    print(f"20 requests in {seconds:.2f} s")
    print("connections:", len(connections))


if __name__ == "__main__":
    asyncio.run(main())
