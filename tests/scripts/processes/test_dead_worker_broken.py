def test_the_result_never_comes(run):
    """No error arrives; only the timeout ends the wait."""
    assert run.text.strip() == "TimeoutError:"
