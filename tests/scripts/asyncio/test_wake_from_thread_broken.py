def test_the_loop_sleeps_until_its_own_timer(run):
    """The event is set after 0.1 s, and the loop hears of it at its timeout."""
    assert run.lines[1] == "in time: False"
