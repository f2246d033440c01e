def test_without_a_terminal_there_is_no_bar(run):
    """Errors on stderr, results in order; nothing is drawn."""
    results = ["cat 3", "horse 5", "owl no answer", "elephant 8"]
    assert sorted(run.lines) == sorted(["owl: ConnectionError('no answer')", *results])
    assert [line for line in run.lines if ":" not in line] == results
