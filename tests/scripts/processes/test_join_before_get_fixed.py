def test_get_then_join(run):
    """The result arrives, and the worker ends."""
    assert run.lines == ["got 1,000,000 bytes", "still alive after join: False"]
