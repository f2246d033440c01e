# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx", "aiohttp"]
# ///
"""Download 8 MB into a file: all at once, and as a stream.

Run it: python stream_download.py
"""
import asyncio
import tempfile
import tracemalloc

import aiohttp
import httpx

CHUNK, CHUNKS = bytes(65536), 128  # 8 MB
connections = []


async def serve(reader, writer):
    connections.append(asyncio.current_task())
    while (await reader.readline()).strip():
        pass  # the request
    size = len(CHUNK) * CHUNKS
    writer.write(b"HTTP/1.1 200 -\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(CHUNKS):
        writer.write(CHUNK)
        await writer.drain()
    await reader.read()  # until the client hangs up
    writer.close()
    await asyncio.sleep(0)  # the loop closes it


# [download]
async def httpx_at_once(url, file):
    async with httpx.AsyncClient() as client:
        file.write((await client.get(url)).content)


async def httpx_stream(url, file):
    async with httpx.AsyncClient() as client:
        async with client.stream("GET", url) as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                file.write(part)


async def aiohttp_stream(url, file):
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        async with session.get(url) as response:
            async for part in response.content.iter_chunked(65536):
                file.write(part)
# [/download]


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for download in httpx_at_once, httpx_stream, aiohttp_stream:
            with tempfile.TemporaryFile() as file:
                tracemalloc.start()
                await download(url, file)
                peak = tracemalloc.get_traced_memory()[1] / 1e6
                tracemalloc.stop()
                size = file.tell() / 1e6
            name = download.__name__
            print(f"{name}: {size:.1f} MB, memory {peak:.1f} MB")
        await asyncio.wait(connections)


if __name__ == "__main__":
    asyncio.run(main())
