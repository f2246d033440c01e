# /// script
# requires-python = ">=3.11"
# ///
"""A database connection for each call of a pool.

Run it: python connection_fixed.py
"""
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager


# [connection]
def name_of(path, number):
    query = "select name from photos where number = ?"
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, [number]).fetchone()[0]


def all_names(path):
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [
            pool.submit(name_of, path, number)
            for number in (1, 2, 3)
        ]
        return [one.exception() or one.result() for one in futures]
# [/connection]


def main():
    with database() as path:
        for name in all_names(path):
            print(str(name).partition(".")[0])


@contextmanager
def database():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/photos.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table photos (number, name)")
            names = [(1, "cat"), (2, "dog"), (3, "owl")]
            connection.executemany(
                "insert into photos values (?, ?)", names
            )
            connection.commit()
        yield path


if __name__ == "__main__":
    main()
