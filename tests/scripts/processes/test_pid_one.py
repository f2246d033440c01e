def test_process_one_is_not_ended_by_sigterm_unless_it_says_so(run):
    """137 is SIGKILL after the grace, 143 SIGTERM; a shell in front keeps the signal for itself."""
    assert run.lines == [
        "no handler: exit status 137",
        "a handler: exit status 0",
        "a handler, below a shell: exit status 137",
        "a handler, shell with exec: exit status 0",
        "a pool and a handler: exit status 0",
        "no handler, not process 1: 143",
    ]
