def test_call_soon_threadsafe_wakes_the_loop(run):
    """The wait ends before its timeout."""
    assert run.lines[1] == "in time: True"
