def test_the_error_is_nowhere(run):
    """No traceback, no message, exit status 0."""
    assert run.lines == ["finished"]
    assert run.exit == 0
