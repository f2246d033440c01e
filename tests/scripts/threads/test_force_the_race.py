def test_the_barrier_finds_the_mistake_every_time(run):
    """Two loads without the lock, one with it."""
    assert run.lines == ["Cache: 2 loads", "LockedCache: 1 loads"]
