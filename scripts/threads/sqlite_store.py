# /// script
# requires-python = ">=3.11"
# ///
"""SQLite in a program with threads: a connection each, short writes.

Run it: python sqlite_store.py
"""
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from queue import LifoQueue


# [store]
class Store:
    """Connections to one SQLite file, each for one thread at a time.

    `connections`: how many at most; who finds none waits. `patience`:
    seconds that a writer waits for another one, also of another
    process, before sqlite3.OperationalError.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        connections: int = 4,
        patience: float = 5.0,
    ) -> None:
        if connections < 1:
            raise ValueError("connections must be above 0")
        self.all: list[sqlite3.Connection] = []
        # The one that was used last comes first: its cache is warm.
        self.free: LifoQueue[sqlite3.Connection] = LifoQueue()
        for _ in range(connections):
            connection = sqlite3.connect(
                path,
                timeout=patience,
                isolation_level=None,   # no begin but our own
                check_same_thread=False,  # never two at a time
            )
            self.all.append(connection)
            self.free.put(connection)
        self.all[0].execute("pragma journal_mode = wal")
        for connection in self.all:
            connection.execute("pragma foreign_keys = on")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection; what it reads in one go is of one moment."""
        connection = self.free.get()
        try:
            connection.execute("begin")
            yield connection
        finally:
            connection.rollback()
            self.free.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or after an error nothing."""
        connection = self.free.get()
        try:
            # `immediate`: wait for the other writer now, not later.
            connection.execute("begin immediate")
            yield connection
            connection.commit()
        finally:
            connection.rollback()  # nothing to do after a commit
            self.free.put(connection)

    def close(self) -> None:
        """Close all; no thread may be using one."""
        for connection in self.all:
            connection.close()
# [/store]


# [main]
def add_one(store):
    with store.writing() as db:
        [(number,)] = db.execute("select number from counter")
        db.execute("update counter set number = ?", [number + 1])


def transfer(store, amount):
    with store.writing() as db:
        db.execute("update accounts set money = money - ?", [amount])
        if amount > 100:
            raise ValueError("too much")


def count(store):
    with store.reading() as db:
        return db.execute("select number from counter").fetchone()[0]


def use(store):
    with store.writing() as db:
        db.execute("create table counter (number)")
        db.execute("insert into counter values (0)")
        db.execute("create table accounts (money)")
        db.execute("insert into accounts values (100)")
    with ThreadPoolExecutor(max_workers=8) as pool:
        for future in [pool.submit(add_one, store) for _ in range(200)]:
            future.result()
    print("200 times one more, by 8 threads:", count(store))

    try:
        transfer(store, 500)
    except ValueError as error:
        print("transfer:", error)
    with store.reading() as db:
        print("money:", *db.execute("select money from accounts"))

    with store.writing() as db:
        db.execute("update counter set number = 0")
        print("a reader beside a writer sees:", count(store))


def main():
    with tempfile.TemporaryDirectory() as folder:
        with closing(Store(f"{folder}/shop.db")) as store:
            use(store)
        with closing(Store(f"{folder}/shop.db", patience=0.1)) as one:
            with closing(sqlite3.connect(f"{folder}/shop.db")) as other:
                other.execute("update counter set number = 1")
                try:
                    add_one(one)
                except sqlite3.OperationalError as error:
                    print("while somebody else writes:", error)
# [/main]


if __name__ == "__main__":
    main()
