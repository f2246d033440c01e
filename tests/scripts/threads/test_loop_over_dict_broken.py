def test_the_loop_ends_in_an_error(run):
    """The GIL does not keep others out between two rounds of a loop."""
    assert run.lines == ["RuntimeError: dictionary changed size during iteration"]
