def test_processes_end_and_no_update_is_lost(run):
    """The exit code names the signal; the locked counter has all additions."""
    assert run.lines == [
        "terminate: exit code -15, alive: False",
        "kill: exit code -9, alive: False",
        "1000 [1000, 0] {'last': 'added'}",
    ]
