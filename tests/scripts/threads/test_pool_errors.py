def test_what_a_pool_raises(run):
    """Only the waiting call can be cancelled; a closed or broken pool takes nothing."""
    assert run.lines == [
        "result(): TimeoutError",
        "cancel() of the running one: False",
        "cancel() of the waiting one: True",
        "result(): CancelledError",
        "wait(): 2 done",
        "submit(): cannot schedule new futures after shutdown",
        "result(): BrokenThreadPool True",
    ]
