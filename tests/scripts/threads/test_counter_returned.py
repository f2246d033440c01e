def test_nothing_shared_nothing_lost(run):
    """Subtotals that are returned add up to the whole, on every Python."""
    assert run.lines == ["expected 1,000,000", "counted  1,000,000"]
