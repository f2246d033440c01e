def test_an_exception_that_cannot_be_rebuilt_breaks_the_pool(run):
    """The error that is shown has nothing to do with its cause."""
    assert run.lines[0].startswith("BrokenProcessPool: A process in the process pool was terminated abruptly")
    assert "not a picture" not in run.text
