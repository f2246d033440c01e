def test_updates_are_lost(runs):
    """A call between read and write: on every Python some updates are overwritten.

    A race is a matter of chance. On a busy machine the threads of one run may happen to
    follow one another; not in ten runs.
    """
    counted = []
    for run in runs:
        expected, total = (int(line.split()[1].replace(",", "")) for line in run.lines)
        assert expected == 2_000_000
        assert 0 < total <= expected
        counted.append(total)
        if total < expected:
            return
    raise AssertionError(f"nothing was lost in ten runs: {counted}")
