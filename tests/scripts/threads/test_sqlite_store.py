import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest


def test_nothing_is_lost_and_an_error_takes_all_back(run):
    """Two hundred increments by eight threads; the transfer is undone; a reader is not blocked."""
    assert run.lines == [
        "200 times one more, by 8 threads: 200",
        "transfer: too much",
        "money: (100,)",
        "a reader beside a writer sees: 200",
        "while somebody else writes: database is locked",
    ]


@pytest.fixture
def store(example, tmp_path):
    with closing(example["Store"](tmp_path / "shop.db", connections=2)) as one:
        with one.writing() as db:
            db.execute("create table photos (name text primary key)")
        yield one


def add(store, *new, error=None):
    with store.writing() as db:
        for name in new:
            db.execute("insert into photos values (?)", [name])
        if error:
            raise error


def names(store):
    with store.reading() as db:
        return [name for (name,) in db.execute("select name from photos")]


def test_a_failed_statement_gives_its_connection_back(store):
    """As often as there are connections, and once more."""
    for _ in range(3):
        with pytest.raises(sqlite3.IntegrityError):
            add(store, "cat", "cat")
    assert names(store) == []


def test_a_reader_cannot_leave_anything(store):
    with store.reading() as db:
        db.execute("insert into photos values ('cat')")
    assert names(store) == []


def test_ctrl_c_in_a_transaction_takes_it_back(store):
    with pytest.raises(KeyboardInterrupt):
        add(store, "cat", error=KeyboardInterrupt)
    assert names(store) == []


def test_who_finds_no_connection_waits_for_one(store):
    leave = threading.Event()
    held = threading.Barrier(3)

    def hold():
        with store.reading():
            held.wait()
            leave.wait()

    with ThreadPoolExecutor(3) as pool:
        holders = [pool.submit(hold) for _ in range(2)]
        held.wait()
        third = pool.submit(names, store)
        assert not third.done()
        leave.set()
        assert third.result() == []
        assert [one.result() for one in holders] == [None, None]


@pytest.mark.parametrize("connections", [0, -1])
def test_no_connections_are_refused_with_a_sentence(example, tmp_path, connections):
    with pytest.raises(ValueError, match="connections must be above 0"):
        example["Store"](tmp_path / "shop.db", connections=connections)


def test_another_process_may_write_too(example, store, tmp_path):
    """A second store on the same file waits for the first one's transaction."""
    with closing(example["Store"](tmp_path / "shop.db")) as other, ThreadPoolExecutor(1) as pool:

        def write():
            with other.writing() as db:
                db.execute("insert into photos values ('dog')")

        with store.writing() as db:
            db.execute("insert into photos values ('cat')")
            writing = pool.submit(write)
        writing.result()
        assert names(store) == ["cat", "dog"]


def test_the_tests_on_the_page_pass(tests_on_page, tmp_path):
    tests = tests_on_page("recipes/databases.md")
    tests["test_no_increment_is_lost"](tmp_path)
