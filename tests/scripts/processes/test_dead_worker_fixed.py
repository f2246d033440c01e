def test_the_executor_notices(run):
    """Without a timeout, and with an error that says what happened."""
    assert run.lines[0].startswith("BrokenProcessPool: A process in the process pool was terminated abruptly")
