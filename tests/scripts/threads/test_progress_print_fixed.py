def test_write_clears_the_bar_first(run):
    """The message has a line of its own."""
    assert "|owl" not in run.text
    assert "\rowl: no answer\n" in run.text
