def test_the_signal_ends_the_wait_and_not_the_program(run):
    """What comes after the wait still runs."""
    assert run.lines == ["serving", "cleaned up"]
