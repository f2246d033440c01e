def test_every_call_fails(run):
    """The connection refuses to work in a thread that did not make it."""
    assert run.lines == ["SQLite objects created in a thread can only be used in that same thread"] * 3
