def test_the_result_never_comes(run):
    """The end of the block has ended the workers, and the result does not know."""
    assert run.text == "no result after 1 s\n"
