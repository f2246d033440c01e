# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi", "uvicorn", "httpx"]
# ///
"""How many requests does FastAPI work on at once: def or async def?

Run it: python def_or_async_def.py
"""
import asyncio
import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import anyio.to_thread
import httpx
import uvicorn
from fastapi import FastAPI

WAIT = 0.3  # seconds that each request waits, for a database say


# [app]
@asynccontextmanager
async def lifespan(app):
    app.state.pool = anyio.to_thread.current_default_thread_limiter()
    yield

app = FastAPI(lifespan=lifespan)


@app.get("/await")
async def with_await():
    with counted():
        await asyncio.sleep(WAIT)


@app.get("/def")
def in_a_thread():
    with counted():
        time.sleep(WAIT)


@app.get("/blocks")
async def blocks_the_loop():
    with counted():
        time.sleep(WAIT)  # wrong: nobody else is served meanwhile


@app.get("/hold")
def held():
    with counted():
        gate.wait()  # as long as a slow database takes, say


@app.get("/health")
async def health():
    return "well"


@app.get("/health-def")
def health_in_a_thread():
    return "well"
# [/app]


counting, gate = threading.Lock(), threading.Event()
now = most = 0


@contextmanager
def counted():
    """Count who is here at once, and how many at most."""
    global now, most
    with counting:
        now += 1
        most = max(most, now)
    yield
    with counting:
        now -= 1


@contextmanager
def serving(app):
    """A real server, in a thread of its own; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=200)
    config = uvicorn.Config(app, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield "http://{}:{}".format(*listening.getsockname())
    finally:
        server.should_exit = True
        thread.join()


# [main]
async def ask(client, path, requests):
    global most
    most, began = 0, time.perf_counter()
    await asyncio.gather(*[client.get(path) for _ in range(requests)])
    took = time.perf_counter() - began
    print(f"  {requests} requests in {took:.1f} s, {most} at once")


async def hold(client, number):
    """So many requests that wait, each in its thread."""
    gate.clear()
    tasks = [
        asyncio.create_task(client.get("/hold")) for _ in range(number)
    ]
    while now < number:
        await asyncio.sleep(0.005)
    return tasks


async def health_checks(client):
    busy = await hold(client, 40)
    answer = await client.get("/health")
    print("  /health, async def:", answer.json())
    asked = asyncio.create_task(client.get("/health-def"))
    done, _ = await asyncio.wait([asked], timeout=0.2)
    print("  /health-def, def:", "well" if done else "no answer")
    gate.set()
    answer = await asked
    print("  /health-def, when they have gone on:", answer.json())
    await asyncio.gather(*busy)


async def main():
    limits = httpx.Limits(max_connections=100)
    with serving(app) as url:
        async with httpx.AsyncClient(
            base_url=url, limits=limits, timeout=30
        ) as client:
            print("async def, awaits:")
            await ask(client, "/await", 50)
            print("def:")
            await ask(client, "/def", 50)
            print("async def, blocks:")
            await ask(client, "/blocks", 3)

            print("while all 40 threads wait:")
            await health_checks(client)

            app.state.pool.total_tokens = 100
            busy = await hold(client, 80)
            print("def, with 100 threads:", now, "at once")
            gate.set()
            await asyncio.gather(*busy)
# [/main]


if __name__ == "__main__":
    asyncio.run(main())
