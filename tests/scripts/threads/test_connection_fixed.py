def test_every_call_has_its_name(run):
    """Each call opens, uses and closes a connection of its own."""
    assert run.lines == ["cat", "dog", "owl"]
