def test_nothing_is_lost_and_everybody_ends(run):
    """0 + 1 + … + 99, in threads and in tasks; immediate shutdown drops the rest."""
    assert run.lines == ["threads: 4950", "tasks: 4950", "at once: nothing left to get"]
