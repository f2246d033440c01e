def test_both_threads_wait_for_their_second_lock(run):
    """faulthandler ends the program after its limit and shows both threads at one line."""
    assert run.exit == 1
    assert run.lines[0] == "Timeout (0:00:01)!"
    stuck = [line for line in run.lines if line.endswith("in transfer")]
    assert len(stuck) == 2
    assert len(set(stuck)) == 1
    assert "both transferred" not in run.text
