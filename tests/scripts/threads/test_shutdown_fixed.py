def test_the_thread_cleans_up(run):
    """Told to stop and joined, the thread runs its `finally`."""
    assert run.lines == ["all photos downloaded", "album closed"]
