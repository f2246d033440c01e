def test_one_of_two_workers_dies(run):
    """The generator refuses the second thread; the first one takes all that is left."""
    assert run.lines == [
        "workers failed: 1 ValueError('generator already executing')",
        "all six downloaded: True",
    ]
