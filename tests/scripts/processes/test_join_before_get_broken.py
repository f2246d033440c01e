def test_the_worker_cannot_end(run):
    """Joined before its result was taken, it still lives when the timeout ends."""
    assert run.lines == ["still alive after join: True"]
