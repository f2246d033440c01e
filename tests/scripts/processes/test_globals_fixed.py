def test_an_argument_reaches_every_worker(run):
    """90 with every start method."""
    assert run.lines == ["forest saved with quality 90", "lake saved with quality 90"]
