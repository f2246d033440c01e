def test_the_scope_is_left_in_another_task(run):
    assert run.lines[1] == (
        "RuntimeError: Attempted to exit cancel scope in a different task than it was entered in"
    )
