def test_the_slow_and_the_unlucky_row_fail(run):
    """All others are written."""
    assert run.lines == ["7 failed: TimeoutError('not done in 0.5 s')", "13 failed: ValueError('unlucky')"]
