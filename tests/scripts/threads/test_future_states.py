def test_a_future_goes_from_pending_to_finished(run):
    """What the table of states says, one state after another."""
    assert run.lines == [
        "pending:  running, done, cancelled: False False False",
        "running:  running, done, cancelled: True False False",
        "cancel(): False",
        "callback: photo",
        "finished: running, done, cancelled: False True False",
        "InvalidStateError",
    ]
