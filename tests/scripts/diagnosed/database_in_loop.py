"""A database driver that blocks, in the event loop."""

# verdict: It waits inside the event loop
# line: connection.execute("BEGIN IMMEDIATE")

import asyncio
import contextlib
import os
import sqlite3
import tempfile


async def write(connection):
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(0.01)


async def main(path):
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(path, timeout=0.3, isolation_level=None)
    await asyncio.gather(*[write(other) for _ in range(4)])


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(os.path.join(folder, "shop.db")))
