def test_wait_never_ends_while_the_pipe_is_full(run):
    """The program cannot end before somebody reads what it prints."""
    assert run.lines == ["it has not ended after two seconds"]
