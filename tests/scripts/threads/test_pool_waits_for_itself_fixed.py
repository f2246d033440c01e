def test_the_called_function_needs_no_worker(run):
    """The same pool of one finishes."""
    assert run.lines == ["small lake.jpg"]
