def test_nobody_is_left_to_run_the_inner_job(run):
    """Only the timeout ends the wait."""
    assert run.lines == ["TimeoutError()"]
