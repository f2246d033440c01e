def test_a_spawned_worker_has_a_lock_of_its_own(run):
    """Nothing is copied, so nothing is locked, and nobody warns."""
    assert run.lines == ["the worker got the lock: True"]
