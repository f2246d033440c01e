def test_nothing_is_lost_between_processes(run):
    """Both orders arrive, and both processes speak and change the list."""
    assert run.lines == [
        "SOUP RICE True",
        "[('cat', 'MainProcess'), ('dog', 'MainProcess')] 12 []",
    ]
