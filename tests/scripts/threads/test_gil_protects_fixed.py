def test_each_seat_is_sold_once(run):
    """With the lock the program keeps its rule, on every build."""
    assert [line.split()[-1] for line in run.lines] == ["2,000,000"] * 3
