def test_the_future_has_the_result(run):
    """640 times 480."""
    assert run.lines == ["pixels: 307200"]
