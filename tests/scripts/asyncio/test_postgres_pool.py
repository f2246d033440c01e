import re


def test_one_connection_is_for_one_task_at_a_time(run):
    """asyncpg refuses the second; a cancelled transaction leaves neither a row nor a running query."""
    assert run.lines[:2] == [
        "asyncpg, one connection: done",
        "asyncpg, one connection: InterfaceError: cannot perform operation: another operation is in progress",
    ]
    assert run.lines[4:6] == ["photos after it: 0", "queries that go on: 0"]


def test_psycopg_lets_them_wait_and_a_pool_overlaps_them(run):
    """Four waits of 0.1 s through one connection take no less than 0.4 s, whatever the machine does."""
    [one] = re.findall(r"psycopg, one connection: 4 waits in ([\d.]+) s", run.text)
    assert float(one) >= 0.4


def test_the_server_counts_its_connections(run):
    """Eight, of which two are reserved."""
    assert run.lines[-1].startswith("connection 7: remaining connection slots are reserved")
