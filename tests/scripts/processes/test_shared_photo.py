def test_both_halves_are_inverted_in_place(run):
    """The first pixel was written by one job, the last one by the other; main sees both."""
    assert run.lines == ["first pixel 245", "last pixel  245"]
