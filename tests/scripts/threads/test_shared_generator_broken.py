def test_one_of_two_workers_dies(run):
    """The generator refuses the second thread; the first one goes on alone."""
    assert run.lines == ["None", "ValueError('generator already executing')"]
