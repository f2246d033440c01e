# /// script
# requires-python = ">=3.11"
# ///
"""Write from two connections; each commits before it waits.

Run it: python database_locked_fixed.py
"""
import sqlite3
import tempfile
from contextlib import closing


# [write]
def write_both(slow, quick):
    slow.execute("insert into photos values ('cat')")
    slow.commit()
    # a download, after the commit
    quick.execute("insert into photos values ('dog')")
    quick.commit()
# [/write]


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/photos.db"
        with (
            closing(sqlite3.connect(path)) as slow,
            closing(sqlite3.connect(path, timeout=0.1)) as quick,
        ):
            slow.execute("create table photos (name)")
            try:
                write_both(slow, quick)
                print("both saved")
            except sqlite3.OperationalError as error:
                print(f"OperationalError: {error}")



if __name__ == "__main__":
    main()
