def test_nobody_dies_when_they_take_turns(run):
    """Both workers end without an error."""
    assert run.lines == ["None", "None"]
