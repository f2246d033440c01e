def test_nobody_dies_when_they_take_turns(run):
    """Each name goes to exactly one of two workers."""
    assert run.lines == ["workers failed: 0", "all six downloaded: True"]
