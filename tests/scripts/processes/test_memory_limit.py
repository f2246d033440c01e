def test_only_the_large_item_is_refused(run):
    """It is an exception: the worker lives and does the next item."""
    assert run.lines == [
        "0.125 GB: 134217728 bytes",
        "4 GB: refused: MemoryError",
        "0.0625 GB: 67108864 bytes",
    ]
