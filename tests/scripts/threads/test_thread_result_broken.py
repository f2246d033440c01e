def test_join_gives_none(run):
    """The product of 640 and 480 is computed and thrown away."""
    assert run.lines == ["pixels: None"]
