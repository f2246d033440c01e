def test_each_call_gives_what_its_row_says(run):
    """Order, several arguments, one result, and an error that only `get` raises."""
    assert run.lines == [
        "map: [2, 3, 4]",
        "starmap: [8, 18]",
        "imap: 2 3 4",
        "imap_unordered: 2 3 4",
        "get: 5 True",
        "ready: True False",
        "get raised: no photo",
        "terminated",
    ]
