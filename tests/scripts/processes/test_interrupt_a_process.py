def test_an_interrupted_process_cleans_up(run):
    """It gets KeyboardInterrupt, and its finally block runs."""
    assert run.lines == ["interrupted, cleaned up, 0"]
