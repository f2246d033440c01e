def test_the_event_stops_the_work(run):
    """The worker returns early; cancel() would not have helped."""
    assert run.lines[0] == "timed out; cancelled: False"
    assert run.lines[1].endswith("stopped early")
