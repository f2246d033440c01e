import pytest

# What the page's drawing and its prose say, on every Python.
PROMISED = {
    "task": "shared shared shared shared shared copy",
    "sub-interpreter": "own shared shared shared own own",
    "fork": "copy copy copy shared copy copy",
    "forkserver": "own old copy own own own",
    "spawn": "own copy copy own own own",
}


@pytest.fixture
def table(run):
    rows = [line.split() for line in run.lines]
    return {way: " ".join(has) for way, *has in rows[1:]}


def test_each_way_shares_what_the_page_says(table, python):
    """Memory, environment, folder, descriptor, lock and context of all but threads."""
    for way, has in PROMISED.items():
        if way in table:
            assert table[way] == has, way
    assert ("sub-interpreter" in table) == (python.release >= (3, 14))
    assert {"task", "thread", "spawn"} <= set(table)


def test_a_thread_gets_a_context_where_it_is_inherited(table, python):
    """A free-threaded build gives it a copy of its starter's context, the standard build an empty one."""
    context = "copy" if python.free_threaded and python.release >= (3, 14) else "own"
    assert table["thread"] == f"shared shared shared shared shared {context}"
