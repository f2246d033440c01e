def test_one_order_of_locks_has_no_deadlock(run):
    """Both threads finish long before the limit."""
    assert run.exit == 0
    assert run.lines == ["both transferred"]
