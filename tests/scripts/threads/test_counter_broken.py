def test_updates_are_lost(run):
    """A call between read and write: on every Python some updates are overwritten."""
    expected, counted = (int(line.split()[1].replace(",", "")) for line in run.lines)
    assert expected == 1_000_000
    assert 0 < counted < expected
