# /// script
# requires-python = ">=3.11"
# ///
"""Download photos with asyncio, shrink them in two processes.

Run it: python download_and_shrink.py
"""
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor

NAMES = ["cat", "dog", "owl", "fox", "bee", "cow"]


async def serve(reader, writer):
    """A photo server that takes 0.1 s to answer."""
    await reader.readline()
    await asyncio.sleep(0.1)
    writer.write(bytes(range(256)) * 4_000)
    writer.close()


def shrink(pixels):
    """Average 8 pixels: Python code. Say when it ran."""
    start = time.perf_counter()
    small = [
        sum(pixels[n : n + 8]) // 8 for n in range(0, len(pixels), 8)
    ]
    return len(small), start, time.perf_counter()


# [mix]
async def download(port, name):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{name}\n".encode())
    pixels = await reader.read()      # wait: the loop goes on
    writer.close()
    return pixels


async def photo(port, name, pool, limit):
    async with limit:
        start = time.perf_counter()
        pixels = await download(port, name)
        arrived = time.perf_counter()
    loop = asyncio.get_running_loop()
    # Compute elsewhere: the loop goes on.
    shrunk = await loop.run_in_executor(pool, shrink, pixels)
    return name, start, arrived, *shrunk


async def batch(port, pool):
    limit = asyncio.Semaphore(2)      # what the server allows
    async with asyncio.TaskGroup() as group:
        photos = [
            group.create_task(photo(port, name, pool, limit))
            for name in NAMES
        ]
    return [task.result() for task in photos]
# [/mix]


async def measured_batch(pool):
    """What `batch` returns, and the moment it began."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begin = time.perf_counter()
    rows = await batch(port, pool)
    server.close()
    await server.wait_closed()
    return begin, rows


def main():
    with ProcessPoolExecutor(max_workers=2) as pool:
        list(pool.map(len, [b"", b""]))           # start the workers
        begin, rows = asyncio.run(measured_batch(pool))
    for name, *times, size, start, end in rows:
        times = [moment - begin for moment in (*times, start, end)]
        print("{}: download {:.3f} s to {:.3f} s, shrink {:.3f} s to "
              "{:.3f} s".format(name, *times))
    whole = max(end for *_, end in rows) - begin
    print(f"{len(rows)} photos of {size:,} pixels in {whole:.2f} s")


if __name__ == "__main__":
    main()
