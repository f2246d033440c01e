def test_what_was_running_fails_when_its_worker_is_ended(run):
    """And an initializer that fails breaks a pool of interpreters."""
    assert run.lines == [
        "terminate_workers: BrokenProcessPool",
        "kill_workers: BrokenProcessPool",
        "initializer failed: BrokenInterpreterPool",
    ]
