def test_processes_end_and_no_update_is_lost(run):
    """The exit code names the signal; the locked counter has all additions."""
    assert run.lines[:2] == ["terminate: exit code -15", "kill: exit code -9"]
    assert run.lines[2] == "1000 [1000, 0] {'last': 'added'}"
