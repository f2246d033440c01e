# /// script
# requires-python = ">=3.11"
# dependencies = ["asyncpg", "psycopg[binary]"]
# [tool.overlap]
# needs = ["PostgreSQL"]
# ///
"""PostgreSQL and tasks: one connection, a pool, a cancelled query.

Run it: python postgres_pool.py
It starts a server of its own from the machine's PostgreSQL.
"""
import asyncio
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager

import asyncpg
import psycopg

WAIT = "select pg_sleep(0.1)"


# [main]
async def one_for_two(folder):
    """Wrong with asyncpg: two tasks use one connection at once."""
    connection = await asyncpg.connect(host=folder, user="postgres")
    waits = [connection.fetch(WAIT) for _ in range(2)]
    for answer in await asyncio.gather(*waits, return_exceptions=True):
        print("asyncpg, one connection:", name_of(answer))
    await connection.close()

    address = f"host={folder} user=postgres"
    connect = psycopg.AsyncConnection.connect
    async with await connect(address, autocommit=True) as shared:
        began = time.perf_counter()
        await asyncio.gather(*[shared.execute(WAIT) for _ in range(4)])
        took = time.perf_counter() - began
        print(f"psycopg, one connection: 4 waits in {took:.1f} s")


async def pool_for_all(folder):
    """Each task takes a connection for as long as it needs it."""
    async with asyncpg.create_pool(
        host=folder, user="postgres", min_size=4, max_size=4
    ) as pool:
        began = time.perf_counter()
        await asyncio.gather(*[pool.fetch(WAIT) for _ in range(8)])
        took = time.perf_counter() - began
        print(f"asyncpg, a pool of 4: 8 waits in {took:.1f} s")
        await cancelled(pool)


async def cancelled(pool):
    """A transaction whose task is cancelled in the middle."""
    await pool.execute("create table photos (name text)")

    async def add(name):
        async with pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute(
                    "insert into photos values ($1)", name
                )
                await connection.execute("select pg_sleep(60)")

    task = asyncio.create_task(add("cat"))
    running = """select count(*) from pg_stat_activity
        where query = 'select pg_sleep(60)' and state = 'active'"""
    while not await pool.fetchval(running):
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    print("photos after it:", await pool.fetchval(
        "select count(*) from photos"))
    print("queries that go on:", await pool.fetchval(running))


async def too_many(folder):
    """The server has a limit of its own."""
    opened = []
    try:
        while True:
            opened.append(await asyncpg.connect(
                host=folder, user="app", database="postgres"))
    except asyncpg.TooManyConnectionsError as error:
        print(f"connection {len(opened) + 1}: {error}")
    for connection in opened:
        await connection.close()
# [/main]


@contextmanager
def postgres():
    """A PostgreSQL for this program; gives the folder of its socket."""
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    path = os.pathsep.join([os.environ["PATH"], *folders])
    if not (initdb := shutil.which("initdb", path=path)):
        raise SystemExit("There is no PostgreSQL on this machine.")
    initdb = os.path.realpath(initdb)
    postgres = os.path.join(os.path.dirname(initdb), "postgres")
    # It refuses root. Its folder must be open to the user that it is.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "-D", data, "-U", "postgres", "--auth=trust",
             "--no-sync", "--encoding=UTF8", "--no-locale"],
            user=user, cwd=folder, check=True,
            stdout=subprocess.DEVNULL,
        )
        server = subprocess.Popen(
            [postgres, "-D", data, "-k", folder, "-h", "", "-F",
             "-c", "max_connections=8", "-c", "log_min_messages=fatal",
             "-c", "superuser_reserved_connections=2"],
            user=user, cwd=folder, stderr=subprocess.DEVNULL,
        )
        try:
            while not os.path.exists(f"{folder}/.s.PGSQL.5432"):
                if server.poll() is not None:
                    raise SystemExit("PostgreSQL did not start.")
                time.sleep(0.02)
            yield folder
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait()


def name_of(answer):
    if isinstance(answer, Exception):
        return f"{type(answer).__name__}: {answer}"
    return "done"


async def use(folder):
    connection = await connected(folder)
    await connection.execute("create role app login")
    await connection.close()
    await one_for_two(folder)
    await pool_for_all(folder)
    await too_many(folder)


async def connected(folder):
    """The socket is there a moment before the server is ready."""
    while True:
        try:
            return await asyncpg.connect(host=folder, user="postgres")
        except asyncpg.CannotConnectNowError:
            await asyncio.sleep(0.02)


def main():
    with postgres() as folder:
        asyncio.run(use(folder))


if __name__ == "__main__":
    main()
