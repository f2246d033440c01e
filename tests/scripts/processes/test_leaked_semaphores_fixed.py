def test_nothing_is_left(run):
    assert run.lines == ["saved", "no message"]
