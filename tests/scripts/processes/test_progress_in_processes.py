def test_every_photo_is_shrunk_and_nothing_is_drawn(run):
    """Without a terminal only the results are printed, in order."""
    assert run.lines == ["cat: shrunk", "horse: shrunk", "owl: shrunk", "elephant: shrunk"]
