def test_nothing_shared_nothing_lost(run):
    """Subtotals that are returned add up to the whole, on every Python."""
    assert run.lines == ["expected 2,000,000", "counted  2,000,000"]
