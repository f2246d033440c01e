def test_the_group_ends_with_the_first_answer(run):
    """The mirror that would take a minute is not waited for, and nothing is raised."""
    assert run.lines == ["near"]
